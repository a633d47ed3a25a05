// The process of mesh-agent: signals, standard streams, exit code.

import { CommanderError } from 'commander';
import { exitCodeOf } from './commands/exit-code.ts';
import { createProgram } from './commands/program.ts';
import { messageOf } from './errors/agent-error.ts';
import { AGENT_VERSION } from './version.ts';

const stop = new AbortController();
const signals = ['SIGTERM', 'SIGINT'] as const;
// The first signal starts an orderly end and removes the handlers, so a second signal of either kind ends the
// process at once.
const onSignal = (): void => {
  for (const signal of signals) process.off(signal, onSignal);
  stop.abort();
};
for (const signal of signals) process.on(signal, onSignal);

const program = createProgram(
  {
    env: process.env,
    stdin: process.stdin,
    write: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
    signal: stop.signal,
  },
  AGENT_VERSION,
);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  // Commander has already printed its own errors.
  if (!(error instanceof CommanderError)) process.stderr.write(`mesh-agent: ${messageOf(error)}\n`);
}
