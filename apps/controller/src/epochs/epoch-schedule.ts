// When epochs begin. Boundaries stand on the wall clock (k · epoch length); the admission set is frozen one lead
// before. Pure: time is a value.

import type { Rotation } from '@mesh/protocol';

export interface EpochTiming {
  readonly epochMs: number;
  /** How long before its boundary an epoch is frozen and published. */
  readonly leadMs: number;
}

/**
 * In place: min(5 s, epoch/4), enough for every agent to fetch before the boundary. Strict: min(20 s, epoch/2), since
 * within it every pair makes a new session as well.
 */
export function epochTiming(epochMs: number, rotation: Rotation): EpochTiming {
  const leadMs = rotation === 'strict' ? Math.min(20_000, epochMs / 2) : Math.min(5_000, epochMs / 4);
  return { epochMs, leadMs };
}

export interface PlannedEpoch {
  readonly freezeAtMs: number;
  readonly activateAtMs: number;
}

/**
 * The next regular epoch.
 *
 * @param lastActivateAtMs when the newest opened epoch begins; its successor is not frozen before, so that at most
 *   one epoch is pending
 */
export function planBoundary(
  nowMs: number,
  { epochMs, leadMs: lead }: EpochTiming,
  lastActivateAtMs: number,
): PlannedEpoch {
  const earliestFreeze = Math.max(nowMs, lastActivateAtMs);
  const activateAtMs = Math.ceil((earliestFreeze + lead) / epochMs) * epochMs;
  return { freezeAtMs: activateAtMs - lead, activateAtMs };
}

/** An epoch outside the schedule (a start, an operator's rotation) is active one lead from now. */
export function planImmediate(nowMs: number, { leadMs }: EpochTiming): PlannedEpoch {
  return { freezeAtMs: nowMs, activateAtMs: nowMs + leadMs };
}

/** When the epoch after the one that begins at `activateAtMs` begins, if nothing unforeseen happens. */
export function expiryOf(activateAtMs: number, timing: EpochTiming): number {
  return planBoundary(activateAtMs, timing, activateAtMs).activateAtMs;
}
