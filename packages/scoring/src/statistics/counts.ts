import { ScoringError } from '../scoring-error.ts';

/** Bounds of a score, both from 0 to 1. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/** @throws ScoringError `invalid_statistic` */
export function checkCounts(successes: number, trials: number, confidence: number): void {
  // Graded prompts count in parts, so neither has to be a whole number.
  if (!Number.isFinite(trials) || trials <= 0)
    throw new ScoringError('invalid_statistic', 'an interval needs at least part of one trial');
  if (!(successes >= 0 && successes <= trials))
    throw new ScoringError('invalid_statistic', 'successes are from 0 to the number of trials');
  if (!(confidence > 0 && confidence < 1))
    throw new ScoringError('invalid_statistic', 'a confidence is above 0 and below 1, like 0.95');
}
