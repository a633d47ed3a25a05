// When epochs begin. Boundaries lie at multiples of the epoch length on the wall clock. Who is admitted is
// fixed one lead before. Pure: time is a value.

import type { EpochId } from '@mesh/primitives';
import type { Rotation } from '@mesh/protocol';
import { slotOfEpoch } from '@mesh/wg';
import type { EpochRecord } from '../state/records.ts';

export interface EpochTiming {
  readonly rotation: Rotation;
  readonly epochMs: number;
  /** How long before its boundary an epoch is frozen and published. */
  readonly leadMs: number;
}

/**
 * The lead of in-place rotation is min(5 s, epoch/4), enough for every agent to fetch before the boundary.
 * That of strict rotation is min(20 s, epoch/2), because every pair makes a new session within it as well.
 */
export function epochTiming(epochMs: number, rotation: Rotation): EpochTiming {
  const leadMs = rotation === 'strict' ? Math.min(20_000, epochMs / 2) : Math.min(5_000, epochMs / 4);
  return { rotation, epochMs, leadMs };
}

export interface PlannedEpoch {
  readonly freezeAtMs: number;
  readonly activateAtMs: number;
}

/**
 * The next regular epoch.
 *
 * @param lastActivateAtMs when the newest opened epoch begins; its successor is not frozen before, so that at
 *   most one epoch is pending
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

type Opened = readonly Pick<EpochRecord, 'epochId' | 'activateAtMs'>[];

/** The last part of the lead, in which agents fill the slot of the coming epoch. */
const FILL_SHARE = 3 / 4;

/**
 * An epoch outside the schedule (a start, an operator's rotation) becomes active one lead from now. With
 * strict rotation there may be a pending epoch that agents hold already. Until agents fill its slot, the new
 * epoch takes its place and becomes active when it would have, so that agents that have fetched the pending
 * one and agents that have not are alike. Later, the new epoch becomes active one lead after the pending one,
 * because its slot is not empty before. If that is more than an epoch from now, it becomes active one lead
 * from now after all.
 *
 * @param opened the epochs so far, oldest first
 */
export function planImmediate(
  nowMs: number,
  { rotation, epochMs, leadMs }: EpochTiming,
  opened: Opened,
): PlannedEpoch {
  const soon = { freezeAtMs: nowMs, activateAtMs: nowMs + leadMs };
  const pendingAtMs = opened.at(-1)?.activateAtMs ?? nowMs;
  if (rotation !== 'strict' || pendingAtMs <= nowMs) return soon;
  const isFilled = pendingAtMs - nowMs < FILL_SHARE * leadMs;
  const activateAtMs = isFilled ? pendingAtMs + leadMs : pendingAtMs;
  return activateAtMs <= nowMs + epochMs ? { freezeAtMs: nowMs, activateAtMs } : soon;
}

/**
 * The id of the epoch to open: the next one. With strict rotation an id is skipped if its slot is the one
 * that carries traffic when the epoch begins. That is so if the epoch before it was replaced before it came
 * into force.
 */
export function nextEpochId(opened: Opened, activateAtMs: number, { rotation }: EpochTiming): EpochId {
  const next = ((opened.at(-1)?.epochId ?? 0) + 1) as EpochId;
  const before = opened.findLast((epoch) => epoch.activateAtMs < activateAtMs);
  const isTaken =
    rotation === 'strict' && before !== undefined && slotOfEpoch(before.epochId) === slotOfEpoch(next);
  return isTaken ? ((next + 1) as EpochId) : next;
}

/** When the epoch after the one that begins at `activateAtMs` begins, if nothing unforeseen happens. */
export function expiryOf(activateAtMs: number, timing: EpochTiming): number {
  return planBoundary(activateAtMs, timing, activateAtMs).activateAtMs;
}
