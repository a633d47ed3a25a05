// `compare BASE [NAME…]`, from its arguments to its exit code.

import type { CompareArguments } from '../arguments.ts';
import { type Benchmark, roundsOf } from '../benchmark.ts';
import { CompareError } from './compare-error.ts';
import { compareTrees } from './compare-trees.ts';
import { renderComparison, renderWorse } from './comparison-text.ts';

const EXIT_WORSE = 1;
const EXIT_NOT_COMPARED = 3;

export interface CompareSetting {
  /** The top of this tree. */
  readonly root: string;
  readonly benchmarks: readonly Pick<Benchmark, 'name' | 'rounds'>[];
  /** Prints the result: a document, or lines. */
  readonly print: (text: string) => void;
  /** Prints a line for the person who waits. */
  readonly say: (line: string) => void;
}

/** @returns the exit code: 0 compared, 1 a figure is worse than allowed, 3 not compared */
export async function compareCommand(
  args: CompareArguments,
  { root, benchmarks, print, say }: CompareSetting,
): Promise<number> {
  const { base: ref, quick, json, failAbove } = args;
  const planned = benchmarks.map((benchmark) => ({
    name: benchmark.name,
    rounds: roundsOf(benchmark, args),
  }));
  try {
    const comparison = await compareTrees({ root, ref, benchmarks: planned, quick, say });
    const worse = failAbove === undefined ? [] : renderWorse(comparison, failAbove);
    print(json ? JSON.stringify(comparison) : [renderComparison(comparison), ...worse].join('\n'));
    // The document of --json stays alone on standard output.
    if (json) for (const line of worse) say(line);
    return worse.length === 0 ? 0 : EXIT_WORSE;
  } catch (error) {
    if (!(error instanceof CompareError)) throw error;
    say(error.message);
    return EXIT_NOT_COMPARED;
  }
}
