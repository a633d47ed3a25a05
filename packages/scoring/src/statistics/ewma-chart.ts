// The exponentially weighted moving average as a control chart (Roberts 1959; Lucas and Saccucci,
// Technometrics 32, 1990): Z ← λx + (1 − λ)Z, from the target. It signals when Z leaves target ± L · σ · √(λ
// / (2 − λ)), the limits that it has after many values.

import { ScoringError } from '../scoring-error.ts';

export interface EwmaChart {
  /** What the values are when nothing has changed. */
  readonly target: number;
  /** Their standard deviation then; above 0. */
  readonly sigma: number;
  /** λ: the weight of the newest value, above 0, at most 1. */
  readonly weight: number;
  /** L: the half width of the limits in standard deviations of Z; above 0. */
  readonly width: number;
}

export interface EwmaSignal {
  /** Z, to be kept until the next value. */
  readonly average: number;
  /** How far Z may be from the target. */
  readonly limit: number;
  readonly signals: boolean;
}

/**
 * @param average Z before this value; the target before the first
 * @throws ScoringError `invalid_statistic`
 */
export function watchEwma(chart: EwmaChart, average: number, value: number): EwmaSignal {
  const { target, sigma, weight, width } = chart;
  if (
    !(weight > 0 && weight <= 1 && sigma > 0 && width > 0) ||
    !(Number.isFinite(target) && Number.isFinite(average) && Number.isFinite(value))
  )
    throw new ScoringError(
      'invalid_statistic',
      'an EWMA chart has a weight up to 1, a deviation and a width above 0',
    );
  const next = nextAverage(weight, average, value);
  const limit = width * sigma * Math.sqrt(weight / (2 - weight));
  return { average: next, limit, signals: Math.abs(next - target) > limit };
}

/** Z after one more value, for callers that have checked the chart. */
export const nextAverage = (weight: number, average: number, value: number): number =>
  weight * value + (1 - weight) * average;
