// The interface of a benchmark for the command line: a name, a sentence, and a function that runs it.

import type { Progress } from './interleave.ts';
import type { Findings } from './report.ts';

export interface BenchmarkRun {
  /** The number of rounds that count. */
  readonly rounds: number;
  /** Whether the run only has to show that the benchmark works. */
  readonly quick: boolean;
  /** Prints a line for people. */
  readonly say: (line: string) => void;
  /** Prints a line for each turn. */
  readonly progress: Progress;
  /** Where controllers, or the agent, write their CPU profiles; undefined if they write none. */
  readonly profileDir: string | undefined;
}

export interface Benchmark {
  readonly name: string;
  /** One line for the list. */
  readonly summary: string;
  readonly rounds: number;
  readonly run: (run: BenchmarkRun) => Promise<Findings>;
}

const QUICK_ROUNDS = 2;

/**
 * The rounds that count: those asked for, or else the benchmark's own number, which a quick run cuts short.
 */
export function roundsOf(
  benchmark: Pick<Benchmark, 'rounds'>,
  { rounds, quick }: { readonly rounds: number | undefined; readonly quick: boolean },
): number {
  return rounds ?? (quick ? QUICK_ROUNDS : benchmark.rounds);
}
