// Runs one benchmark and makes its report.

import type { MeasureArguments } from './arguments.ts';
import { type Benchmark, type BenchmarkRun, roundsOf } from './benchmark.ts';
import { describeMachine } from './machine.ts';
import type { Report } from './report.ts';

/** Gives `say` a line for each turn, besides what the benchmark says. */
export async function measure(
  benchmark: Benchmark,
  { say, ...args }: Pick<MeasureArguments, 'rounds' | 'quick' | 'profileDir'> & Pick<BenchmarkRun, 'say'>,
): Promise<Report> {
  const rounds = roundsOf(benchmark, args);
  const machine = describeMachine();
  const startedAt = new Date().toISOString();
  const findings = await benchmark.run({
    rounds,
    quick: args.quick,
    say,
    progress: (name, round, all) => say(`  round ${round}/${all}  ${name}`),
    profileDir: args.profileDir,
  });
  return {
    benchmark: benchmark.name,
    started_at: startedAt,
    quick: args.quick,
    rounds,
    machine,
    ...findings,
  };
}
