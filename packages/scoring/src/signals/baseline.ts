// What is usual for one dimension of one node: mean and variance of its results, the older ones fading.

import type { Observation } from './observations.ts';

export interface Baseline {
  /** How many results it was made of, up to the policy's `memory`. */
  readonly results: number;
  readonly mean: number;
  readonly variance: number;
}

/** The usual after one more value. The first values weigh the same; from `memory` on, old ones fade. */
export function nextBaseline(before: Baseline | undefined, value: number, memory: number): Baseline {
  const { results, mean, variance } = before ?? { results: 0, mean: 0, variance: 0 };
  const weight = Math.max(1 / (results + 1), 1 / memory);
  const off = value - mean;
  return {
    results: Math.min(results + 1, memory),
    mean: short(mean + weight * off),
    variance: short((1 - weight) * (variance + weight * off ** 2)),
  };
}

/** No value is taken for further off than this, so that one result alone is not a drift. */
const MOST_DEVIATIONS = 4;

/**
 * How much worse than usual an observation is, in standard deviations; negative if it is better.
 */
export function deviationsWorse(
  { results, mean, variance }: Baseline,
  { value, worse, leastDeviation, trials }: Omit<Observation, 'dimension'>,
): number {
  const usual = Math.min(0.98, Math.max(0.02, mean));
  const byChance = trials > 0 ? (usual * (1 - usual)) / trials : 0;
  // The mean is itself uncertain by the variance over the number of results.
  const square = Math.max(variance, byChance, leastDeviation ** 2) * (1 + 1 / results);
  const off = (worse === 'up' ? value - mean : mean - value) / Math.sqrt(square);
  return Math.min(MOST_DEVIATIONS, Math.max(-MOST_DEVIATIONS, off));
}

/** A number is kept with six decimals: it is logged with every result. */
export function short(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
