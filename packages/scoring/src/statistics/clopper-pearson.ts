// The exact interval of Clopper and Pearson (1934) for a proportion: it covers at least what it says, for any
// number of trials, and is wider than Wilson's for that.

import { betaQuantile } from './beta-distribution.ts';
import { checkCounts, type Interval } from './counts.ts';

/**
 * @param successes 0 to `trials`
 * @param trials above 0
 * @param confidence two-sided, above 0 and below 1
 * @throws ScoringError `invalid_statistic`
 */
export function clopperPearsonInterval(successes: number, trials: number, confidence: number): Interval {
  checkCounts(successes, trials, confidence);
  const outside = (1 - confidence) / 2;
  return {
    lower: successes === 0 ? 0 : betaQuantile(outside, successes, trials - successes + 1),
    upper: successes === trials ? 1 : betaQuantile(1 - outside, successes + 1, trials - successes),
  };
}
