// Both ends of a TCP service that answers a word: `tcp-line-main.ts serve --bind ADDRESS --port PORT` prints
// {"kind":"ready"}, and then answers `knock` with `reached`, `flood` with bytes for as long as somebody takes
// them, and everything else, an HTTP request for example, never. `knock --to ADDRESS --port PORT` exits with
// 0 if it was answered within two seconds, else with 1. `flood --to ADDRESS --port PORT --seconds N` prints
// how many bytes came.

import { connect, createServer, type Socket } from 'node:net';
import { parseArgs } from 'node:util';

const ANSWER_WITHIN_MS = 2_000;
const BLOCK = Buffer.alloc(65_536);

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    bind: { type: 'string', default: '0.0.0.0' },
    to: { type: 'string', default: '' },
    port: { type: 'string', default: '' },
    seconds: { type: 'string', default: '' },
  },
});
const port = Number(values.port);
const [what] = positionals;
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

function pour(socket: Socket): void {
  while (socket.write(BLOCK)) if (socket.destroyed) return;
  socket.once('drain', () => pour(socket));
}

if (what === 'serve') {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => {
      const word = bytes.toString('latin1').trim();
      if (word === 'knock') socket.end('reached\n');
      else if (word === 'flood') pour(socket);
    });
  });
  server.listen(port, values.bind, () => say({ kind: 'ready' }));
} else if (what === 'knock') {
  const socket = connect({ host: values.to, port }, () => socket.write('knock\n'));
  socket.once('data', () => process.exit(0));
  for (const end of ['error', 'close'] as const) socket.once(end, () => process.exit(1));
  setTimeout(() => process.exit(1), ANSWER_WITHIN_MS);
} else if (what === 'flood') {
  let bytes = 0;
  const socket = connect({ host: values.to, port }, () => socket.write('flood\n'));
  socket.on('data', (block) => {
    bytes += block.length;
  });
  socket.once('error', () => process.exit(1));
  setTimeout(() => {
    say({ kind: 'received', bytes });
    process.exit(0);
  }, Number(values.seconds) * 1_000);
} else {
  process.stderr.write(
    'usage: serve --bind ADDRESS | knock --to ADDRESS | flood --to ADDRESS --seconds N, --port PORT\n',
  );
  process.exit(2);
}
