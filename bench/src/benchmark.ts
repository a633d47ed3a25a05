// What every benchmark is to the command line: a name, a sentence, and something that runs.

import type { Progress } from './interleave.ts';
import type { Findings } from './report.ts';

export interface BenchmarkRun {
  /** Rounds that count. */
  readonly rounds: number;
  /** Whether it only has to show that it runs. */
  readonly quick: boolean;
  /** Prints a line for the person who waits. */
  readonly say: (line: string) => void;
  /** Prints one for each turn. */
  readonly progress: Progress;
  /** Where the controller writes its CPU profile, if anywhere. */
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
