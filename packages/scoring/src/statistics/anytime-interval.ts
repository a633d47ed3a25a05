// An interval for a proportion that holds at every moment at once, so that one may look at it after each
// result: the two-sided beta-binomial confidence sequence of Howard, Ramdas, McAuliffe and Sekhon (Annals of
// Statistics 49, 2021). A mean m is outside once the mixture over Beta(c m, c (1 − m)) of the likelihood
// ratio against m exceeds 1/α.

import { ScoringError } from '../scoring-error.ts';
import { checkCounts, type Interval } from './counts.ts';
import { logBeta } from './log-gamma.ts';

export interface AnytimeOptions {
  /** The chance that the mean is ever outside: above 0, below 1. */
  readonly alpha: number;
  /**
   * After how many trials the interval is to be narrowest for its kind: more than
   * `2 ln(1/α) + ln(1 + 2 ln(1/α))`, which is 8 for an α of 0.05.
   */
  readonly tunedAtTrials: number;
}

/**
 * @param successes 0 to `trials`
 * @throws ScoringError `invalid_statistic`
 */
export function anytimeInterval(successes: number, trials: number, options: AnytimeOptions): Interval {
  const { alpha, tunedAtTrials } = options;
  checkCounts(successes, trials, 1 - alpha);
  const strength = tunedAtTrials / spreadOf(alpha) - 1;
  if (!(strength > 0 && strength < Number.POSITIVE_INFINITY))
    throw new ScoringError(
      'invalid_statistic',
      'an interval cannot be narrowest after so few trials: tune it at more',
    );
  const limit = Math.log(1 / alpha);
  const isInside = (mean: number) => logEvidence(mean, successes, trials, strength) < limit;
  const share = successes / trials;
  return {
    lower: successes === 0 ? 0 : boundary(share, 0, isInside),
    upper: successes === trials ? 1 : boundary(share, 1, isInside),
  };
}

/** How many trials a normal mixture needs to be narrowest, for each unit of its own variance. */
function spreadOf(alpha: number): number {
  const twice = 2 * Math.log(1 / alpha);
  return twice + Math.log(1 + twice);
}

/** The logarithm of the evidence against the mean. */
function logEvidence(mean: number, successes: number, trials: number, strength: number): number {
  const [a, b] = [strength * mean, strength * (1 - mean)];
  const failures = trials - successes;
  return (
    logBeta(a + successes, b + failures) -
    logBeta(a, b) -
    successes * Math.log(mean) -
    failures * Math.log1p(-mean)
  );
}

/** Where `isInside` changes between a mean that is inside and one that is not, by bisection. */
function boundary(inside: number, outside: number, isInside: (mean: number) => boolean): number {
  let [near, far] = [inside, outside];
  for (let step = 0; step < 60; step++) {
    const middle = (near + far) / 2;
    if (isInside(middle)) near = middle;
    else far = middle;
  }
  return (near + far) / 2;
}
