// A plan for strict rotation without a standby: a slot is filled only once the routes point to it.

import {
  planStrictSlots as plan,
  type StrictInput,
  type StrictPlan,
} from '../../apps/node-agent/src/plan/strict-slots.ts';

export * from '../../apps/node-agent/src/plan/strict-slots.ts';

export function planStrictSlots(input: StrictInput): StrictPlan {
  const { config, controllerNowMs, carrying } = input;
  if (config === undefined) return plan(input);
  const keySets = config.keySets.filter(
    ({ activateAtMs = Number.NEGATIVE_INFINITY }) => activateAtMs <= controllerNowMs,
  );
  const planned = plan({ ...input, config: { ...config, keySets } });
  const { carries } = planned;
  if (carries === undefined || carries === carrying || !config.allowed)
    return { ...planned, verify: undefined };
  return {
    ...planned,
    verify: undefined,
    slots: { ...planned.slots, [carries]: { kind: 'peers', peers: new Map() } },
  };
}
