// Two peers around a boundary of strict rotation: in slot b we are the initiator towards one and the
// responder towards the other.

import { namesBySlotRole } from './plan-fixtures.ts';

/** The boundary: epoch 4, in slot a, ends here, and epoch 5, in slot b, begins. */
export const T = 1_900_000_000_000;
export const [WE_LEAD] = namesBySlotRole('b', 'initiator', 1) as [string];
export const [THEY_LEAD] = namesBySlotRole('b', 'responder', 1) as [string];
export const NAMES = [WE_LEAD, THEY_LEAD];

/** The notation of the tests for the peers in a slot and the epoch of their key: `name@epoch`. */
export const at = (epochId: number, names: readonly string[] = NAMES) =>
  names.map((name) => `${name}@${epochId}`).sort();
