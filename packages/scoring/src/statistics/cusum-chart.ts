// Cumulative sums as a control chart (Page, Biometrika 41, 1954): S⁺ ← max(0, S⁺ + z − k) for a rise and S⁻ ←
// max(0, S⁻ − z − k) for a fall, of values z in standard deviations from the target. It signals when one
// exceeds h.

import { ScoringError } from '../scoring-error.ts';

export interface CusumChart {
  readonly target: number;
  /** Above 0. */
  readonly sigma: number;
  /** k: half of the shift to be noticed, in standard deviations; 0 or more. */
  readonly slack: number;
  /** h: above 0, in standard deviations. */
  readonly threshold: number;
}

/** To be kept until the next value. */
export interface CusumSums {
  readonly rise: number;
  readonly fall: number;
}

export const CUSUM_START: CusumSums = { rise: 0, fall: 0 };

export interface CusumSignal extends CusumSums {
  /** Undefined while nothing is noticed. */
  readonly signals: 'rise' | 'fall' | undefined;
}

/** @throws ScoringError `invalid_statistic` */
export function watchCusum(chart: CusumChart, sums: CusumSums, value: number): CusumSignal {
  const { target, sigma, slack, threshold } = chart;
  if (
    !(sigma > 0 && slack >= 0 && threshold > 0 && sums.rise >= 0 && sums.fall >= 0) ||
    !Number.isFinite(value)
  )
    throw new ScoringError('invalid_statistic', 'a CUSUM chart has a deviation and a threshold above 0');
  const z = (value - target) / sigma;
  const rise = nextSum(sums.rise, z, slack);
  const fall = Math.max(0, sums.fall - z - slack);
  return { rise, fall, signals: fall > threshold ? 'fall' : rise > threshold ? 'rise' : undefined };
}

/** S⁺ after one more value, in standard deviations, for callers that have checked the chart. */
export const nextSum = (rise: number, z: number, slack: number): number => Math.max(0, rise + z - slack);
