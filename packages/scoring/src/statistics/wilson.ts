// The score interval of Wilson (1927) for a proportion: it stays within 0 and 1, and covers well from few
// trials on.

import { checkCounts, type Interval } from './counts.ts';
import { normalQuantile } from './normal-quantile.ts';

/**
 * @param successes 0 to `trials`; parts of a success are allowed
 * @param trials above 0; an effective number of trials need not be whole
 * @param confidence two-sided, above 0 and below 1: 0.95 leaves 2.5 % on either side
 * @throws ScoringError `invalid_statistic`
 */
export function wilsonInterval(successes: number, trials: number, confidence: number): Interval {
  checkCounts(successes, trials, confidence);
  const z = quantileOf(confidence);
  const share = successes / trials;
  const spread = (z * z) / trials;
  const middle = (share + spread / 2) / (1 + spread);
  const half = (z / (1 + spread)) * Math.sqrt((share * (1 - share)) / trials + spread / (4 * trials));
  return {
    lower: successes === 0 ? 0 : Math.max(0, middle - half),
    upper: successes === trials ? 1 : Math.min(1, middle + half),
  };
}

/** A policy has few confidences, and a replay asks for millions of intervals. */
const quantiles = new Map<number, number>();
const MOST_QUANTILES = 64;

function quantileOf(confidence: number): number {
  let z = quantiles.get(confidence);
  if (z === undefined) {
    z = normalQuantile((1 + confidence) / 2);
    if (quantiles.size < MOST_QUANTILES) quantiles.set(confidence, z);
  }
  return z;
}
