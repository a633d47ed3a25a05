// When the questions of an exam are put: at random moments of the time that there is, as independent users
// would, so that the examined node cannot tell them from ordinary traffic by their rhythm. Pure.

import { reservedMs } from '@mesh/scoring';
import type { AssignedExam } from './assigned-exam.ts';

/** Until when questions may be put. */
export function askUntilMs({ startsAtMs, endsAtMs }: Pick<AssignedExam, 'startsAtMs' | 'endsAtMs'>): number {
  return endsAtMs - reservedMs(endsAtMs - startsAtMs);
}

/** What the next gap depends on. */
export interface Pace {
  /** The time in which questions may be put. */
  readonly leftMs: number;
  /** How many questions are still to be put, at least one. */
  readonly count: number;
  /** How long an answer may take. */
  readonly longestMs: number;
  /**
   * How long the answers so far took, on average, from the turn that was asked for; undefined if there are
   * none.
   */
  readonly usualMs: number | undefined;
}

/** Answers may take this many times as long as the answers so far took, and all questions are still put. */
const SLACK = 1.5;

/**
 * How long to wait before the next question. The time that all answers may take is kept for them, so a slow
 * service is asked everything. If there is less time than that, the time is kept that they will take by those
 * so far; before the first, half of what is left. Over the rest, the moments of the questions are spread
 * evenly, each independent of the others (the first of `count` such moments is drawn).
 *
 * @param random 0 ≤ random < 1
 */
export function gapMs({ leftMs, count, longestMs, usualMs }: Pace, random: number): number {
  const firstOf = (timeMs: number) => Math.max(0, timeMs) * (1 - (1 - random) ** (1 / count));
  const mayTakeMs = count * longestMs;
  const willTakeMs = usualMs === undefined ? leftMs / 2 : count * Math.min(longestMs, SLACK * usualMs);
  if (mayTakeMs > leftMs) return firstOf(leftMs - willTakeMs);
  return Math.min(firstOf(usualMs === undefined ? leftMs : leftMs - willTakeMs), leftMs - mayTakeMs);
}
