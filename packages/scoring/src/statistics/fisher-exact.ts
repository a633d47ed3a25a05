// Fisher's exact test (1934) of two proportions, two-sided: with the margins fixed, the probability of all
// tables that are no likelier than the one observed.

import { ScoringError } from '../scoring-error.ts';
import { logGamma } from './log-gamma.ts';

/** Whole numbers. */
export interface Counts {
  readonly successes: number;
  readonly trials: number;
}

/** Tables as likely as the observed one differ from it by rounding (R's fisher.test has the same). */
const SLACK = 1 + 1e-7;

/**
 * @returns the p-value; 1 where either has no trial
 * @throws ScoringError `invalid_statistic` unless the numbers are whole, and successes from 0 to trials
 */
export function fisherExact(one: Counts, other: Counts): number {
  check(one);
  check(other);
  const successes = one.successes + other.successes;
  const least = Math.max(0, successes - other.trials);
  const most = Math.min(one.trials, successes);
  const logTotal = logChoose(one.trials + other.trials, successes);
  const probabilityOf = (first: number) =>
    Math.exp(logChoose(one.trials, first) + logChoose(other.trials, successes - first) - logTotal);
  const observed = probabilityOf(one.successes);
  let sum = 0;
  for (let first = least; first <= most; first++) {
    const probability = probabilityOf(first);
    if (probability <= observed * SLACK) sum += probability;
  }
  return Math.min(1, sum);
}

function check({ successes, trials }: Counts): void {
  const isWhole = Number.isSafeInteger(successes) && Number.isSafeInteger(trials);
  if (!isWhole || successes < 0 || successes > trials)
    throw new ScoringError('invalid_statistic', 'counts are whole, with 0 to as many successes as trials');
}

const logChoose = (n: number, k: number): number => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
