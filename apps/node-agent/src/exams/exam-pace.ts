// When the questions of an exam are put: at random moments of the time that there is, as independent users
// would, so that the examined node cannot tell them from ordinary traffic by their rhythm. Pure.

import type { AssignedExam } from './assigned-exam.ts';

/** What is left of an exam for grading and sending: this share of it, and no more than this. */
const RESERVED_SHARE = 0.2;
const MOST_RESERVED_MS = 60_000;

/** Until when questions may be put. */
export function askUntilMs({ startsAtMs, endsAtMs }: Pick<AssignedExam, 'startsAtMs' | 'endsAtMs'>): number {
  return endsAtMs - Math.min(MOST_RESERVED_MS, RESERVED_SHARE * (endsAtMs - startsAtMs));
}

/**
 * How long to wait before the next question. Without a hurry the moments of the questions are spread evenly
 * over the time that is left, each independent of the others (the first of `count` such moments is drawn).
 * The time that all answers may take is kept for them, so a slow service is asked everything. If there is
 * less time than that, half of it is kept.
 *
 * @param leftMs the time in which questions may be put
 * @param count how many questions are still to be put, at least one
 * @param longestMs how long an answer may take
 * @param random 0 ≤ random < 1
 */
export function gapMs(leftMs: number, count: number, longestMs: number, random: number): number {
  const spreadMs = leftMs * (1 - (1 - random) ** (1 / count));
  const answeringMs = count * longestMs;
  const spareMs = leftMs - (answeringMs <= leftMs ? answeringMs : leftMs / 2);
  return Math.max(0, Math.min(spreadMs, spareMs));
}
