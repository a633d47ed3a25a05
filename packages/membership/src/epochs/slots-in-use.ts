// Which WireGuard slots carry tunnels now, or are about to. A node that changes the key of another slot breaks none.

import type { Rotation } from '@mesh/protocol';
import { type InterfaceSlot, slotOfEpoch } from '@mesh/wg';
import type { MeshView } from '../state/mesh-state.ts';
import { epochsAt } from '../state/opened-epochs.ts';

/** Agents empty the slot of the previous epoch at most 1.5 s after a boundary; as much again for their clocks. */
export const SLOT_EMPTIED_AFTER_MS = 3_000;
const BOTH: readonly InterfaceSlot[] = ['a', 'b'];

/** With rotation in place, slot a carries everything. Before the first boundary after a start, nothing is certain. */
export function slotsInUse(view: MeshView, rotation: Rotation, nowMs: number): ReadonlySet<InterfaceSlot> {
  if (rotation === 'in_place') return new Set(['a']);
  const { current, next } = epochsAt(view, nowMs);
  if (current === undefined || nowMs < current.activateAtMs + SLOT_EMPTIED_AFTER_MS) return new Set(BOTH);
  return new Set([current, ...(next === undefined ? [] : [next])].map(({ epochId }) => slotOfEpoch(epochId)));
}
