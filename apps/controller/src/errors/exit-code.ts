// Maps what a command threw to the exit code of the process, and explains the codes for --help.

import { exitCodesHelp, type FailureKind, failureKindOf } from '@mesh/host';
import { CommanderError } from 'commander';
import { ControllerError, type ControllerErrorCode, exitCodes } from './controller-error.ts';

const CODES: Readonly<Record<FailureKind, ControllerErrorCode>> = {
  settings: 'usage',
  storage: 'storage',
  address: 'address',
  running: 'already_running',
  connection: 'failed',
  other: 'failed',
};

export function exitCodeOf(error: unknown): number {
  // Commander also throws after it has printed the help or the version.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  return exitCodes[error instanceof ControllerError ? error.code : CODES[failureKindOf(error)]];
}

const MEANINGS: Readonly<Record<ControllerErrorCode, string>> = {
  failed: 'failed; the message says why',
  usage: 'the command line, a setting or a file cannot be used: no start succeeds until that is corrected',
  storage: 'the disk is full or fails, or the database is locked',
  address: 'a port or the administration socket is taken, or the host lacks the address',
  already_running: 'another controller has this data directory',
};

export const EXIT_CODES_HELP = exitCodesHelp(exitCodes, MEANINGS);
