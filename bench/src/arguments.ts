// The command line.

import { parseArgs } from 'node:util';

interface CommonArguments {
  readonly json: boolean;
  readonly quick: boolean;
  readonly rounds: number | undefined;
}

export interface MeasureArguments extends CommonArguments {
  readonly kind: 'measure';
  readonly name: string | undefined;
  /** Where the CPU profiles of controllers, or of the agent, go. */
  readonly profileDir: string | undefined;
}

export interface CompareArguments extends CommonArguments {
  readonly kind: 'compare';
  /** A commit, tag or branch. */
  readonly base: string;
  /** The benchmarks; if there are none, those that are compared by default. */
  readonly names: readonly string[];
  /** How much worse a figure may get. */
  readonly failAbove: number | undefined;
}

export type Arguments = { readonly kind: 'help' } | MeasureArguments | CompareArguments;

/** The command line cannot be understood; the message says what to type. */
export class UsageError extends Error {
  readonly code = 'usage';
}

/** @throws UsageError */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parse(argv);
  if (values.help === true) return { kind: 'help' };
  const common = {
    json: values.json === true,
    quick: values.quick === true,
    rounds: readRounds(values.rounds),
  };
  const [first, ...others] = positionals;
  if (first === 'compare') {
    if (values.profile !== undefined)
      throw new UsageError('--profile is not for compare: profile one benchmark at a time');
    return {
      kind: 'compare',
      ...common,
      ...readCompared(others),
      failAbove: readFactor(values['fail-above']),
    };
  }
  if (others.length > 0) throw new UsageError(`one benchmark at a time, not ${positionals.join(', ')}`);
  if (values['fail-above'] !== undefined) throw new UsageError('--fail-above is only for compare');
  return { kind: 'measure', ...common, name: first, profileDir: values.profile };
}

function readCompared([base, ...names]: readonly string[]): Pick<CompareArguments, 'base' | 'names'> {
  if (base === undefined) throw new UsageError('compare with what? Name a commit, tag or branch');
  return { base, names: [...new Set(names)] };
}

function readRounds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= 1000) return rounds;
  throw new UsageError('--rounds takes a whole number from 1 to 1000');
}

function readFactor(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const factor = Number(text);
  if (Number.isFinite(factor) && factor >= 1) return factor;
  throw new UsageError('--fail-above takes a factor from 1: 1.10 allows a tenth');
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
        'fail-above': { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'the arguments cannot be read');
  }
}
