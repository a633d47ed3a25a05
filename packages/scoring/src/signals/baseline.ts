// What is usual for one dimension of one node: mean and variance of its results, the older ones fading.

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
 * How much worse than usual a value is, in standard deviations; negative if it is better.
 *
 * @param leastDeviation the standard deviation is at least this; above 0
 */
export function deviationsWorse(
  { results, mean, variance }: Baseline,
  value: number,
  worse: 'up' | 'down',
  leastDeviation: number,
): number {
  // The mean is itself uncertain by the variance over the number of results.
  const deviation = Math.max(Math.sqrt(variance), leastDeviation) * Math.sqrt(1 + 1 / results);
  const off = (worse === 'up' ? value - mean : mean - value) / deviation;
  return Math.min(MOST_DEVIATIONS, Math.max(-MOST_DEVIATIONS, off));
}

/** A number is kept with six decimals: it is logged with every result. */
export function short(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
