// Prompts that belong together (of one group, or the same prompt asked again) tell less than as many that do
// not. Their number is replaced by the number of independent prompts that would leave as much doubt about the
// mean (Miller, "Adding Error Bars to Evals", arXiv 2411.00640).

import { ScoringError } from '../scoring-error.ts';

export interface EffectiveTrials {
  /** The mean of all grades. */
  readonly mean: number;
  /** From 1 to the number of grades. */
  readonly trials: number;
}

/**
 * The variance of the mean is estimated from the groups: Σ over groups of (Σ of the deviations in the
 * group)², divided by n². The effective number of trials is mean · (1 − mean) divided by it, the number that
 * a binomial proportion would need. Where that says nothing (all grades equal, or a single group) each group
 * counts once.
 *
 * @param groups the grades of each group, each from 0 to 1; a prompt that stands alone is a group of one
 * @throws ScoringError `invalid_statistic` without a grade, or for a grade outside 0 to 1
 */
export function effectiveTrials(groups: readonly (readonly number[])[]): EffectiveTrials {
  const filled = groups.filter(({ length }) => length > 0);
  const grades = filled.flat();
  if (grades.length === 0) throw new ScoringError('invalid_statistic', 'a mean needs at least one grade');
  if (!grades.every((grade) => grade >= 0 && grade <= 1))
    throw new ScoringError('invalid_statistic', 'a grade is from 0 to 1');
  const mean = sum(grades) / grades.length;
  const variance =
    sum(filled.map((group) => sum(group.map((grade) => grade - mean)) ** 2)) / grades.length ** 2;
  const binomial = mean * (1 - mean);
  const trials = variance > 0 && filled.length > 1 ? binomial / variance : filled.length;
  return { mean, trials: Math.min(grades.length, Math.max(1, trials)) };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
