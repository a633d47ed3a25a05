// The command line.

import { parseArgs } from 'node:util';

export interface Arguments {
  readonly name: string | undefined;
  readonly json: boolean;
  readonly quick: boolean;
  readonly help: boolean;
  readonly rounds: number | undefined;
  /** Where the controller's CPU profiles go. */
  readonly profileDir: string | undefined;
}

/** The command line cannot be understood; the message says what to type. */
export class UsageError extends Error {
  readonly code = 'usage';
}

/** @throws UsageError */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parse(argv);
  if (positionals.length > 1) throw new UsageError(`one benchmark at a time, not ${positionals.join(', ')}`);
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= 1 && rounds <= 1000))
    throw new UsageError('--rounds takes a whole number from 1 to 1000');
  return {
    name: positionals[0],
    json: values.json === true,
    quick: values.quick === true,
    help: values.help === true,
    rounds,
    profileDir: values.profile,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        quick: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        rounds: { type: 'string' },
        profile: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'the arguments cannot be read');
  }
}
