// A chat service as a process: `chat-service-main.ts --port 8080 --rules FILE [--host 127.0.0.1]`. It prints
// {"kind":"ready","url":…} on standard output once it listens; SIGTERM ends it.
import { parseArgs } from 'node:util';
import { startChatService } from './chat-service.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    rules: { type: 'string' },
  },
});
if (values.rules === undefined) {
  process.stderr.write('usage: --rules FILE [--port 0] [--host 127.0.0.1]\n');
  process.exit(2);
}
const service = await startChatService({
  rulesFile: values.rules,
  host: values.host,
  port: Number(values.port),
});
process.stdout.write(`${JSON.stringify({ kind: 'ready', url: service.url, port: service.port })}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void service.close());
