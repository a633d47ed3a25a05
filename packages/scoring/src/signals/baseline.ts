// What is usual for one dimension of one node: mean and variance of its results, the older ones fading.

export interface Baseline {
  /** How many results it was made of, up to the policy's `memory`. */
  readonly results: number;
  readonly mean: number;
  readonly variance: number;
}

/** How much the newest value weighs. The first values weigh the same; from `memory` on, old ones fade. */
export const weightAfter = (results: number, memory: number): number =>
  Math.max(1 / (results + 1), 1 / memory);

/** Mean and variance after one more value, which is `off` the mean before it. */
export const nextMean = (mean: number, weight: number, off: number): number => short(mean + weight * off);
export const nextVariance = (variance: number, weight: number, off: number): number =>
  short((1 - weight) * (variance + weight * off ** 2));

/** No value is taken for further off than this, so that one result alone is not a drift. */
const MOST_DEVIATIONS = 4;

/**
 * How much worse than usual a value is, in standard deviations; negative if it is better.
 *
 * @param off how much worse it is than the mean, in its own unit
 */
export function deviationsWorse(
  results: number,
  mean: number,
  variance: number,
  off: number,
  leastDeviation: number,
  trials: number,
): number {
  const usual = Math.min(0.98, Math.max(0.02, mean));
  const byChance = trials > 0 ? (usual * (1 - usual)) / trials : 0;
  // The mean is itself uncertain by the variance over the number of results.
  const square = Math.max(variance, byChance, leastDeviation ** 2) * (1 + 1 / results);
  return Math.min(MOST_DEVIATIONS, Math.max(-MOST_DEVIATIONS, off / Math.sqrt(square)));
}

/** A number is kept with six decimals: it is logged with every result. */
export function short(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
