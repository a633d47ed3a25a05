// A plan for strict rotation that fills no slot before its boundary.

import {
  planStrictSlots as plan,
  type StrictInput,
  type StrictPlan,
} from '../../apps/node-agent/src/plan/strict-slots.ts';

export type {
  StrictInput,
  StrictPlan,
  StrictTiming,
} from '../../apps/node-agent/src/plan/strict-slots.ts';
export {
  INITIATOR_KEEPALIVE_SECONDS,
  nextInstantMs,
  SLOTS,
  strictTiming,
} from '../../apps/node-agent/src/plan/strict-slots.ts';

export function planStrictSlots(input: StrictInput): StrictPlan {
  const { config } = input;
  if (config === undefined) return plan(input);
  const keySets = config.keySets.filter(
    ({ activateAtMs = Number.NEGATIVE_INFINITY }) => activateAtMs <= input.controllerNowMs,
  );
  const planned = plan({ ...input, config: { ...config, keySets } });
  return { ...planned, verify: undefined };
}
