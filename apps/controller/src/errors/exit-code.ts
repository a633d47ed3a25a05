// Maps what a command threw to the exit code of the process, and explains the codes for --help.

import { programExitCodeOf, programExitCodes, programExitCodesHelp } from '@mesh/host';
import { CommanderError } from 'commander';

export function exitCodeOf(error: unknown): number {
  // Commander also throws after it has printed the help or the version.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : programExitCodes.usage;
  return programExitCodeOf(error);
}

export const EXIT_CODES_HELP = programExitCodesHelp({
  address: 'a port or the administration socket is taken, or the host lacks the address',
  already_running: 'another controller has this data directory',
});
