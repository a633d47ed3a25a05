// Runs meshctl once: takes the arguments and returns the exit code. Every failure is printed here as one line
// that says what to do next.

import { printable } from '@mesh/protocol';
import { CommanderError } from 'commander';
import { doorOf } from './door/door.ts';
import { type ExitCode, exitCodes } from './errors/exit-codes.ts';
import type { Ports } from './ports/ports.ts';
import { createProgram } from './program.ts';
import { explainFailure } from './session/explain-failure.ts';

export async function run(args: readonly string[], ports: Ports): Promise<ExitCode> {
  const program = createProgram(ports);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    // Commander has already printed its error or the requested help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const { code, message } = explainFailure(error, () => doorOf(program.opts(), ports));
    ports.writeError(`meshctl: ${printable(message)}\n`);
    return exitCodes[code];
  }
}
