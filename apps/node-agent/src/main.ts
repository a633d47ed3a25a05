#!/usr/bin/env node
// The process: signals, standard streams, exit code.

import { CommanderError } from 'commander';
import { messageOf } from './agent-error.ts';
import { exitCodeOf } from './commands/exit-code.ts';
import { createProgram } from './commands/program.ts';
import { AGENT_VERSION } from './version.ts';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

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
  // commander has said its own already.
  if (!(error instanceof CommanderError)) process.stderr.write(`mesh-agent: ${messageOf(error)}\n`);
}
