// Results of a node that measures every 20 s, for the tests of drift signals.

import { type Benchmark, type Drift, nextDrift, type Policy } from '@mesh/scoring';
import { seededRandom } from '../../src/statistics/seeded-random.ts';
import { benchmarkOf, policyOf, T0 } from '../support/example-evidence.ts';

export const ALL_SIGNALS = {
  ewma: {},
  cusum: {},
  level: {},
  outlier: {},
  reputation: { halfLifeMs: 86_400_000 },
} as const;

/** @param drift null for a policy without signals */
export const driftPolicy = (drift: object | null = ALL_SIGNALS, over: object = {}): Policy =>
  policyOf({
    threshold: 0.5,
    floors: { refusal: 0.5 },
    ...(drift === null ? {} : { drift }),
    ...over,
  });

export interface Behaviour {
  /** The probability of a good answer. */
  readonly good: number;
  readonly latencyMs?: number;
  readonly errorRate?: number;
}

/** Draws results from a seed, 50 prompts for each score. */
export function resultsOf(seed: number, behaviours: readonly Behaviour[]): Benchmark[] {
  const random = seededRandom(seed);
  const graded = (good: number) => Array.from({ length: 50 }, () => Number(random() < good));
  const mean = (grades: readonly number[]) => grades.reduce((sum, grade) => sum + grade, 0) / grades.length;
  return behaviours.map(({ good, latencyMs = 200, errorRate = 0 }, at) =>
    resultAt(at, {
      scores: { overall: mean(graded(good)), refusal: mean(graded(good)) },
      signals: { latencyMs: latencyMs * (0.9 + 0.2 * random()), errorRate, handshakes: 1, skewMs: 5 },
    }),
  );
}

export const resultAt = (at: number, over: object = {}): Benchmark =>
  benchmarkOf({
    scores: { overall: 0.9, refusal: 0.9 },
    samples: { overall: 50, refusal: 50 },
    measuredAtMs: T0 + at * 20_000,
    arrivedAtMs: T0 + at * 20_000,
    sentAtMs: T0 + at * 20_000 - 20,
    ...over,
  });

export function foldDrift(policy: Policy, results: readonly Benchmark[], from?: Drift): Drift | undefined {
  return results.reduce<Drift | undefined>((drift, result) => nextDrift(policy, drift, result), from);
}

export const times = (count: number, behaviour: Behaviour): Behaviour[] =>
  Array.from({ length: count }, () => behaviour);
