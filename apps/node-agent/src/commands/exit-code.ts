// Maps what a command threw to the exit code of the process, and explains the codes for --help.

import { exitCodesHelp, type FailureKind, failureKindOf } from '@mesh/host';
import { TunnelError } from '@mesh/wg-device';
import { CommanderError } from 'commander';
import { AgentError, type AgentErrorCode, exitCodes } from '../errors/agent-error.ts';

const CODES: Readonly<Record<FailureKind, AgentErrorCode>> = {
  settings: 'usage',
  storage: 'storage',
  address: 'failed',
  running: 'already_running',
  connection: 'unreachable',
  other: 'failed',
};

export function exitCodeOf(error: unknown): number {
  // Commander also throws after it has printed the help or the version.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  if (error instanceof AgentError) return error.exitCode;
  if (error instanceof TunnelError) return exitCodes.tunnel;
  return exitCodes[CODES[failureKindOf(error)]];
}

const MEANINGS: Readonly<Record<AgentErrorCode, string>> = {
  failed: 'failed; the message says why',
  usage: 'the command line, a setting or a file cannot be used: no start succeeds until that is corrected',
  refused: 'enrolment was refused, or the controller is not the one that the token names',
  not_enrolled: 'this node has not enrolled',
  unreachable: 'the controller cannot be reached; trying again can help',
  not_running: 'no agent is running with this state directory',
  already_running: 'another agent is running with this state directory',
  tunnel: 'WireGuard, ip or nft is missing, not permitted, or refuses',
  no_answer: 'ping: no answer came back',
  overlay_full: 'enrolment: no overlay address is free',
  storage: 'the disk is full or fails, or a file is locked',
  tunnel_failing: 'status: the agent runs, but its tunnel fails',
  unwell: 'doctor: something keeps this node from its work',
  log_refused: "status: the agent runs, but it refuses the controller's log",
  receipt_broken: 'receipts: the log does not have what the controller has promised, or has signed',
};

export const EXIT_CODES_HELP = exitCodesHelp(exitCodes, MEANINGS);
