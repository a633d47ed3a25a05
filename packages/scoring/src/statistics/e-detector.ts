// A sequential alarm over graded prompts: has the mean fallen below what the policy asks? It may be looked at
// after each prompt, however often. With the threshold A, the mean number of prompts to a false alarm is at
// least A, whatever the distribution of the grades, and however a grade depends on those before it (Shin,
// Ramdas, Rinaldo, "E-detectors", NEJSDS 2024).
//
// For each bet λ:  L = 1 + λ (m₀ − grade)
//   e-Shiryaev-Roberts   M ← (M + 1) · L, from 0
//   e-CUSUM              M ← max(M, 1) · L, from 0
// The alarm rings when the mean of M over the bets reaches A.

import { ScoringError } from '../scoring-error.ts';

/** Parts of the largest bet, 1 / (1 − m₀), with which no L becomes negative. */
export const BET_FRACTIONS = [0.05, 0.1, 0.2, 0.4, 0.7] as const;

export type EDetectorKind = 'shiryaev-roberts' | 'cusum';

export interface EDetector {
  readonly kind: EDetectorKind;
  /** m₀: the alarm is against a mean below this. 0 to below 1. */
  readonly asked: number;
  /** A: the mean number of prompts to a false alarm is at least this. Above 1. */
  readonly promptsPerFalseAlarm: number;
}

/** M for each of {@link BET_FRACTIONS}: all that has to be kept between two prompts. */
export type EDetectorState = readonly number[];

export const E_DETECTOR_START: EDetectorState = BET_FRACTIONS.map(() => 0);

/** So that a state stays a number that JSON can hold. Far above any threshold. */
const LARGEST = 1e300;

/**
 * The state after one more prompt.
 *
 * @param grade 0 to 1
 * @throws ScoringError `invalid_statistic` for a grade outside, a state of another length, or a detector
 *   whose values do not fit
 */
export function watchGrade(detector: EDetector, state: EDetectorState, grade: number): EDetectorState {
  checkDetector(detector);
  checkState(state);
  if (!(grade >= 0 && grade <= 1)) throw new ScoringError('invalid_statistic', 'a grade is from 0 to 1');
  const { asked, kind } = detector;
  const largest = 1 / (1 - asked);
  return state.map((m, at) => {
    const odds = 1 + (BET_FRACTIONS[at] as number) * largest * (asked - grade);
    return Math.min(LARGEST, (kind === 'cusum' ? Math.max(m, 1) : m + 1) * odds);
  });
}

/** The grades of several prompts whose order is not known. */
export interface GradedPrompts {
  /** 0 to 1. */
  readonly mean: number;
  /** Their number, above 0; parts are allowed. */
  readonly prompts: number;
}

/**
 * The state after several prompts at once: M ← (M + n) · L₁ⁿᵐ · L₀ⁿ⁽¹⁻ᵐ⁾ for n prompts with the mean m, L₁
 * and L₀ for the grades 1 and 0. It is {@link watchGrade} for a single prompt of either grade.
 *
 * M less the number of prompts so far still does not rise on average while the mean is what is asked, so the
 * promise about false alarms holds. The order of the grades does not count, because the reporter of the
 * grades could choose it. As ln L is concave in the grade, grades between 0 and 1 give no more evidence than
 * this.
 *
 * @param most evidence beyond it is not kept
 * @throws ScoringError `invalid_statistic`
 */
export function watchGrades(
  detector: EDetector & { readonly kind: 'shiryaev-roberts' },
  state: EDetectorState,
  { mean, prompts }: GradedPrompts,
  most: number = LARGEST,
): EDetectorState {
  checkDetector(detector);
  checkState(state);
  if (!(mean >= 0 && mean <= 1)) throw new ScoringError('invalid_statistic', 'a mean grade is from 0 to 1');
  if (!(prompts > 0 && prompts < LARGEST))
    throw new ScoringError('invalid_statistic', 'there is at least part of one prompt');
  const next = [...state];
  addGrades(next, logGainsOf(detector.asked), mean, prompts, Math.min(most, LARGEST));
  return next;
}

/**
 * {@link watchGrades} in place, for callers that have checked detector, state and grades.
 *
 * @param gains what {@link logGainsOf} says of what is asked
 */
export function addGrades(
  state: number[],
  gains: readonly number[],
  mean: number,
  prompts: number,
  most: number,
): void {
  for (let at = 0; at < state.length; at++) {
    const logOdds = mean * (LOG_LOSSES[at] as number) + (1 - mean) * (gains[at] as number);
    state[at] = Math.min(most, ((state[at] as number) + prompts) * Math.exp(prompts * logOdds));
  }
}

/** ln L₁ of each bet. */
const LOG_LOSSES: readonly number[] = BET_FRACTIONS.map((fraction) => Math.log1p(-fraction));

/** ln L₀ of each bet. */
export function logGainsOf(asked: number): readonly number[] {
  let gains = logGains.get(asked);
  if (gains === undefined) {
    gains = BET_FRACTIONS.map((fraction) => Math.log1p((fraction * asked) / (1 - asked)));
    if (logGains.size < MOST_ASKED) logGains.set(asked, gains);
  }
  return gains;
}

/** A policy has few limits, and a replay asks millions of times. */
const logGains = new Map<number, readonly number[]>();
const MOST_ASKED = 1_000;

/**
 * The state after several prompts at once whose grades are known, not their order: M ← (M + n) · ∏ L. As with
 * {@link watchGrades}, the order does not count, and the promise about false alarms holds.
 *
 * @param grades each with how many prompts have it; none changes nothing
 * @throws ScoringError `invalid_statistic`
 */
export function watchEach(
  detector: EDetector & { readonly kind: 'shiryaev-roberts' },
  state: EDetectorState,
  grades: readonly GradedPrompts[],
): EDetectorState {
  checkDetector(detector);
  checkState(state);
  if (!grades.every(({ mean, prompts }) => mean >= 0 && mean <= 1 && prompts >= 0 && prompts < LARGEST))
    throw new ScoringError('invalid_statistic', 'a grade is from 0 to 1, and has no less than 0 prompts');
  const { asked } = detector;
  const added = grades.reduce((sum, { prompts }) => sum + prompts, 0);
  return state.map((m, at) => {
    const bet = (BET_FRACTIONS[at] as number) / (1 - asked);
    const logOdds = grades.reduce(
      (sum, { mean, prompts }) => sum + prompts * Math.log1p(bet * (asked - mean)),
      0,
    );
    return Math.min(LARGEST, (m + added) * Math.exp(logOdds));
  });
}

export interface Alarm {
  /** The evidence that the mean has fallen: the mean of M. */
  readonly evidence: number;
  /** What it is compared with: A. */
  readonly limit: number;
  readonly rings: boolean;
}

/** @throws ScoringError `invalid_statistic` for a detector whose values do not fit */
export function alarmOf(detector: EDetector, state: EDetectorState): Alarm {
  checkDetector(detector);
  const evidence = evidenceOf(state);
  const limit = detector.promptsPerFalseAlarm;
  return { evidence, limit, rings: evidence >= limit };
}

/** The mean of M over the bets. */
export function evidenceOf(state: EDetectorState): number {
  let evidence = 0;
  for (let at = 0; at < state.length; at++) evidence += (state[at] as number) / state.length;
  return evidence;
}

export function checkState(state: EDetectorState): void {
  let isState = state.length === BET_FRACTIONS.length;
  for (const m of state) isState &&= m >= 0 && m <= LARGEST;
  if (!isState)
    throw new ScoringError(
      'invalid_statistic',
      `a detector's state is ${BET_FRACTIONS.length} numbers from 0`,
    );
}

function checkDetector({ asked, promptsPerFalseAlarm }: EDetector): void {
  if (!(asked >= 0 && asked < 1))
    throw new ScoringError('invalid_statistic', 'a detector asks for a mean from 0 to below 1');
  if (!(promptsPerFalseAlarm > 1 && promptsPerFalseAlarm < LARGEST))
    throw new ScoringError('invalid_statistic', 'a detector has more than one prompt to a false alarm');
}
