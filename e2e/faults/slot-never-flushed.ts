// A plan for strict rotation in which a slot keeps its content until the next epoch fills it again.

import type { Desired } from '../../apps/node-agent/src/plan/desired-peers.ts';
import {
  planStrictSlots as plan,
  SLOTS,
  type StrictInput,
  type StrictPlan,
} from '../../apps/node-agent/src/plan/strict-slots.ts';

export * from '../../apps/node-agent/src/plan/strict-slots.ts';

const kept = new Map<string, Desired>();

export function planStrictSlots(input: StrictInput): StrictPlan {
  const planned = plan(input);
  const slots = { ...planned.slots };
  for (const slot of SLOTS) {
    const desired = slots[slot];
    const isEmptied = desired.kind === 'peers' && desired.peers.size === 0;
    if (isEmptied) slots[slot] = kept.get(slot) ?? desired;
    else kept.set(slot, desired);
  }
  return { ...planned, slots };
}
