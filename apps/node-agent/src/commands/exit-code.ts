// What a command threw → the process's exit code.

import { HostError } from '@mesh/host';
import { CommanderError } from 'commander';
import { AgentError, exitCodes } from '../agent-error.ts';
import { TunnelError } from '../tunnel/tunnel-error.ts';

export function exitCodeOf(error: unknown): number {
  // Help and version end this way, too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  if (error instanceof AgentError) return error.exitCode;
  if (error instanceof TunnelError) return exitCodes.tunnel;
  if (error instanceof HostError) {
    if (error.code === 'connection_failed' || error.code === 'tls_untrusted') return exitCodes.unreachable;
    if (error.code.startsWith('config_') || error.code.startsWith('file_')) return exitCodes.usage;
  }
  return exitCodes.failed;
}
