#!/usr/bin/env node
// The process: signals, standard streams, exit code.

import { HostError } from '@mesh/host';
import { CommanderError } from 'commander';
import { AgentError, exitCodes, messageOf } from './agent-error.ts';
import { createProgram } from './commands/program.ts';
import { AGENT_VERSION } from './compose.ts';
import { TunnelError } from './tunnel/tunnel-error.ts';

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

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  if (error instanceof AgentError) return error.exitCode;
  if (error instanceof TunnelError) return exitCodes.tunnel;
  if (error instanceof HostError) {
    if (error.code === 'connection_failed' || error.code === 'tls_untrusted') return exitCodes.unreachable;
    if (error.code.startsWith('config_') || error.code.startsWith('file_')) return exitCodes.usage;
  }
  return exitCodes.failed;
}
