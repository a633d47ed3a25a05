// When a node is examined. Nodes can read in the log when they were, so the distance is left to chance: the
// challenge that was fixed for the next exam, which is secret until then, says which epoch it is. Chance also
// spreads the nodes over the epochs.

import type { EpochId } from '@mesh/primitives';
import type { NodeExams } from '../state/exams.ts';

/** Hex digits of a challenge that make a number from 0 to 1. */
const DIGITS = 12;
/** No exam comes later than this many times the mean distance. */
const LONGEST = 2;

/**
 * The epoch at whose opening the node's next exam is drawn at the latest; undefined without a policy of
 * exams.
 */
export function latestExamEpoch(
  { exams: rule }: { readonly exams?: { readonly everyEpochs: number } | undefined },
  { exams }: { readonly exams?: Pick<NodeExams, 'sinceEpoch'> | undefined },
): number | undefined {
  return rule === undefined || exams === undefined
    ? undefined
    : exams.sinceEpoch + LONGEST * rule.everyEpochs;
}

/**
 * Whether an exam is drawn at the opening of this epoch. The distance to the one before is 1, 2, … epochs
 * with a geometric distribution of mean `everyEpochs`, cut off at twice that. So it tells nothing that none
 * was drawn for a while.
 */
export function isExamDue(
  { next, sinceEpoch }: Pick<NodeExams, 'next' | 'sinceEpoch'>,
  epochId: EpochId,
  everyEpochs: number,
): boolean {
  const passed = epochId - sinceEpoch;
  if (passed < 1) return false;
  if (passed >= LONGEST * everyEpochs) return true;
  const chance = Number.parseInt(next.challenge.slice(0, DIGITS), 16) / 16 ** DIGITS;
  return chance < 1 - (1 - 1 / everyEpochs) ** passed;
}
