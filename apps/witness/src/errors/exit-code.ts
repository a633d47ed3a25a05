// Maps what a command threw to the exit code of the process, and explains the codes for --help.

import { exitCodesHelp, type FailureKind, failureKindOf } from '@mesh/host';
import { CommanderError } from 'commander';
import { exitCodes, WitnessError, type WitnessErrorCode } from './witness-error.ts';

const CODES: Readonly<Record<FailureKind, WitnessErrorCode>> = {
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
  return exitCodes[error instanceof WitnessError ? error.code : CODES[failureKindOf(error)]];
}

const MEANINGS: Readonly<Record<WitnessErrorCode, string>> = {
  failed: 'failed; the message says why',
  usage: 'the command line, a setting or a file cannot be used: no start succeeds until that is corrected',
  storage: 'the disk is full or fails, or the database is locked',
  address: 'the port is taken, or the host lacks the address',
  already_running: 'another witness has this data directory',
};

export const EXIT_CODES_HELP = exitCodesHelp(exitCodes, MEANINGS);
