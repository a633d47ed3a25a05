// Finds which of the two interfaces of strict rotation carries an epoch.

import type { EpochId } from '@mesh/primitives';
import type { InterfaceSlot } from './interface-name.ts';

/** Slot a carries even epochs, slot b odd ones, so that successive epochs never share a slot. */
export function slotOfEpoch(epochId: EpochId): InterfaceSlot {
  return epochId % 2 === 0 ? 'a' : 'b';
}
