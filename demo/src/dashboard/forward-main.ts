// Forwards connections, so that a browser on this machine reaches what is on a host of the lab. The demo runs
// it twice: where the browser is, from a TCP port to a unix socket, and on the controller's host, from that
// socket to the controller. Paths of sockets are the same on all hosts of a lab.
//
// `forward-main.ts --parent PID --ready FILE FROM TO [FROM TO …]`, where FROM and TO are a port of 127.0.0.1,
// HOST:PORT or the path of a socket. Port 0 is any free one. FILE gets the ports as a list, in JSON. It ends
// when the process PID is no longer its parent.

import { renameSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Server } from 'node:net';
import { pipeline } from 'node:stream';
import { parseArgs } from 'node:util';

const LOOKS_EVERY_MS = 250;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { parent: { type: 'string', default: '' }, ready: { type: 'string', default: '' } },
});
const parent = Number(values.parent);
setInterval(() => {
  if (process.ppid !== parent) process.exit(0);
}, LOOKS_EVERY_MS);

const pairs = positionals.flatMap((from, at) => {
  const to = positionals[at + 1];
  return at % 2 === 0 && to !== undefined ? [{ from: placeOf(from), to: placeOf(to) }] : [];
});
const ports = await Promise.all(
  pairs.map(({ from, to }) => {
    const server = createServer((incoming) => {
      const outgoing = connect(to);
      // What breaks one direction ends both. The browser sees a closed connection and asks again.
      const end = (): void => {
        incoming.destroy();
        outgoing.destroy();
      };
      pipeline(incoming, outgoing, end);
      pipeline(outgoing, incoming, end);
    });
    return listening(server, from);
  }),
);
writeFileSync(`${values.ready}.new`, JSON.stringify(ports));
renameSync(`${values.ready}.new`, values.ready);

function placeOf(text: string): NetConnectOpts {
  if (text.startsWith('/')) return { path: text };
  const [host, port] = text.includes(':') ? text.split(':') : ['127.0.0.1', text];
  return { host: host ?? '', port: Number(port) };
}

function listening(server: Server, from: NetConnectOpts): Promise<number | null> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(from, () => {
      const address = server.address() as AddressInfo | string;
      resolve(typeof address === 'string' ? null : address.port);
    });
  });
}
