// A service that tells who reached it: `service-main.ts --bind ADDRESS --port PORT`, TCP and UDP. It prints
// {"kind":"ready"} on standard output once it listens, then a line for each datagram. It sends "reached" to a
// TCP client and closes the connection.

import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { parseArgs } from 'node:util';
import { datagramType } from './address-family.ts';

const { values } = parseArgs({ options: { bind: { type: 'string' }, port: { type: 'string' } } });
if (values.bind === undefined || values.port === undefined) {
  process.stderr.write('usage: --bind ADDRESS --port PORT\n');
  process.exit(2);
}
const { bind } = values;
const port = Number(values.port);
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const tcp = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.end('reached\n');
});
const udp = createSocket(datagramType(bind));
udp.on('message', (message, { address }) =>
  say({ kind: 'datagram', text: message.toString(), from: address }),
);
await new Promise<void>((resolve) => tcp.listen(port, bind, resolve));
await new Promise<void>((resolve) => udp.bind(port, bind, resolve));
say({ kind: 'ready' });
