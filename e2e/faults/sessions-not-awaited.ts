// Pairs that send on the slot that the controller asks for, whether it has a session or not.

import type { NodeId } from '@mesh/primitives';
import type { HeldConfig } from '../../apps/node-agent/src/plan/held-config.ts';
import { peersUsingSlotB } from '../../apps/node-agent/src/plan/moved-pairs.ts';

export * from '../../apps/node-agent/src/plan/moved-pairs.ts';

export function pairsSendingOnB(config: HeldConfig | undefined): ReadonlySet<NodeId> {
  return new Set(
    peersUsingSlotB(config).flatMap(({ nodeId, useOfSlotB }) => (useOfSlotB === 'send' ? nodeId : [])),
  );
}
