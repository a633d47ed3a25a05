// Does the time of a check or a derivation depend on a secret? And would this test find it?

import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { interleave } from '../interleave.ts';
import type { Findings, Measurement } from '../report.ts';
import { summarise } from '../statistics.ts';
import { findLeak, type LeakOptions } from './find-leak.ts';
import { judgeTimes } from './judge-times.ts';
import { type MakeSubject, plantedLeaks, subjects } from './subjects.ts';

const MEASUREMENTS = 40_000;
const QUICK_MEASUREMENTS = 2_000;

export const timingBenchmark: Benchmark = {
  name: 'timing',
  summary: 'whether token check, signature check and PSK derivation take a time that depends on a secret',
  rounds: 5,
  run,
};

async function run({ rounds, quick, progress }: BenchmarkRun): Promise<Findings> {
  const options: LeakOptions = {
    measurements: quick ? QUICK_MEASUREMENTS : MEASUREMENTS,
    random: Math.random,
    now: () => Number(process.hrtime.bigint()),
  };
  const named = (makers: readonly MakeSubject[]) => makers.map((make) => ({ name: make().name, make }));
  const [tested, planted] = [named(subjects), named(plantedLeaks)];
  const contenders = [...tested, ...planted].map(({ name, make }) => ({
    name,
    run: () => findLeak(make(), options),
  }));
  const ts = await interleave(contenders, rounds, progress, { warmUp: !quick });
  const tsOf = (of: typeof tested) => new Map(of.map(({ name }) => [name, ts.get(name) ?? []]));
  const rowsOf = (of: typeof tested) =>
    [...tsOf(of)].map(
      ([name, values]): Measurement => ({ name, unit: 't', better: 'neither', ...summarise(values) }),
    );
  return {
    tables: [
      { title: 'What ships: t of the difference between two classes of inputs', rows: rowsOf(tested) },
      { title: 'Planted leaks, which the test is to find', rows: rowsOf(planted) },
    ],
    notes: [
      `${options.measurements.toLocaleString('en-US')} times a round, both classes in random order. A t beyond ±4.5 in every round, with the same sign, is a leak; one round alone may be the machine.`,
      'No leak found is no proof: it says that none is large enough to be seen in this many times, in this process, on this machine.',
    ],
    // A quick run only shows that everything runs.
    missed: quick ? [] : judgeTimes(tsOf(tested), tsOf(planted)),
  };
}
