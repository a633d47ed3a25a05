// `compare BASE [NAME…]`, from its arguments to its exit code.

import { constants } from 'node:os';
import { join } from 'node:path';
import type { CompareArguments } from '../arguments.ts';
import { type Benchmark, roundsOf } from '../benchmark.ts';
import { CompareError } from './compare-error.ts';
import { compareTrees } from './compare-trees.ts';
import { renderComparison, renderWorse } from './comparison-text.ts';

const EXIT_WORSE = 1;
const EXIT_NOT_COMPARED = 3;
const ROOT = join(import.meta.dirname, '../../..');

/** @param selected the benchmarks to compare */
export async function compareCommand(
  args: CompareArguments,
  selected: readonly Benchmark[],
  say: (line: string) => void,
): Promise<number> {
  endChildrenOnSignals();
  const { base: ref, quick, json, failAbove } = args;
  const benchmarks = selected.map((benchmark) => ({
    name: benchmark.name,
    rounds: roundsOf(benchmark, args),
  }));
  try {
    const comparison = await compareTrees({ root: ROOT, ref, benchmarks, quick, say });
    const worse = failAbove === undefined ? [] : renderWorse(comparison, failAbove);
    const text = json ? [JSON.stringify(comparison)] : [renderComparison(comparison), ...worse];
    process.stdout.write(`${text.join('\n')}\n`);
    // The document of --json stays alone on standard output.
    if (json) for (const line of worse) say(line);
    return worse.length === 0 ? 0 : EXIT_WORSE;
  } catch (error) {
    if (!(error instanceof CompareError)) throw error;
    say(error.message);
    return EXIT_NOT_COMPARED;
  }
}

/** A signal ends a process without its `exit` event, at which the running turn is ended. */
function endChildrenOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
