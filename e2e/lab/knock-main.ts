// Tries to reach a service: `knock-main.ts --tcp ADDRESS --port PORT` exits with 0 if it was answered within
// a second, else with 1; `--udp ADDRESS --from ADDRESS --text TEXT` sends a few datagrams from an address and
// exits with 0.

import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { datagramType } from './address-family.ts';

const ANSWER_WITHIN_MS = 1_000;
const DATAGRAMS = 3;

const { values } = parseArgs({
  options: {
    tcp: { type: 'string' },
    udp: { type: 'string' },
    from: { type: 'string' },
    text: { type: 'string', default: '' },
    port: { type: 'string' },
  },
});
const port = Number(values.port);

if (values.tcp !== undefined) {
  const socket = connect({
    host: values.tcp,
    port,
    ...(values.from === undefined ? {} : { localAddress: values.from }),
  });
  const end = (code: number) => process.exit(code);
  socket.once('data', () => end(0));
  socket.once('error', () => end(1));
  socket.once('close', () => end(1));
  setTimeout(() => end(1), ANSWER_WITHIN_MS);
} else if (values.udp !== undefined) {
  const to = values.udp;
  const socket = createSocket(datagramType(to));
  await new Promise<void>((resolve) => socket.bind(0, values.from, resolve));
  for (let sent = 0; sent < DATAGRAMS; sent++)
    await new Promise<void>((resolve) => socket.send(values.text, port, to, () => resolve()));
  socket.close();
} else {
  process.stderr.write(
    'usage: --tcp ADDRESS --port PORT | --udp ADDRESS --from ADDRESS --text TEXT --port PORT\n',
  );
  process.exit(2);
}
