// Which of the two interfaces of strict rotation carries an epoch.

import type { EpochId } from '@mesh/primitives';
import type { InterfaceSlot } from './interface-name.ts';

/** Even epochs live in slot a, odd ones in slot b, so that neighbours never share one. */
export function slotOfEpoch(epochId: EpochId): InterfaceSlot {
  return epochId % 2 === 0 ? 'a' : 'b';
}
