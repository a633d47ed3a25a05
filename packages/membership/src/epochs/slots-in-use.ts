// Which WireGuard slots carry tunnels now, or are about to. A node that changes the key of another slot
// breaks none.

import type { Rotation } from '@mesh/protocol';
import { type InterfaceSlot, slotOfEpoch } from '@mesh/wg';
import type { MeshView } from '../state/mesh-view.ts';
import { epochsAt } from '../state/opened-epochs.ts';
import { type EpochTiming, expiryOf } from './epoch-schedule.ts';

/**
 * Agents empty the slot of the previous epoch at most 1.5 s after a boundary; as much again for their clocks.
 */
const SLOT_EMPTIED_AFTER_MS = 3_000;
const BOTH: readonly InterfaceSlot[] = ['a', 'b'];

/** For the node to put its new key on the interface before its peers make handshakes with it. */
const toApplyMs = ({ leadMs }: EpochTiming): number => Math.min(5_000, leadMs / 2);

export interface SlotSchedule {
  readonly rotation: Rotation;
  readonly timing: EpochTiming;
  /** With rotation in place: the slots that may carry tunnels of the node; by default slot a. */
  readonly carrying?: ReadonlySet<InterfaceSlot>;
}

/**
 * With rotation in place, slot a carries everything unless the caller has moved it. With strict rotation,
 * agents fill the other slot once the next epoch is published, a lead before the boundary, and the node needs
 * a moment before that. So epochs of 12 s or less leave no slot free. Before the first boundary after a
 * start, nothing is certain.
 */
export function slotsInUse(
  view: MeshView,
  { rotation, timing, carrying }: SlotSchedule,
  nowMs: number,
): ReadonlySet<InterfaceSlot> {
  if (rotation === 'in_place') return carrying ?? new Set(['a']);
  const { current, next } = epochsAt(view, nowMs);
  if (current === undefined || next !== undefined) return new Set(BOTH);
  const isEmptied = nowMs >= current.activateAtMs + SLOT_EMPTIED_AFTER_MS;
  const isInTime = nowMs < expiryOf(current.activateAtMs, timing) - timing.leadMs - toApplyMs(timing);
  return new Set(isEmptied && isInTime ? [slotOfEpoch(current.epochId)] : BOTH);
}
