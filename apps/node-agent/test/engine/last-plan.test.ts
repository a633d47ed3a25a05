// The plan is made again for another wish and for another reading, and only then.

import { expect, it } from 'vitest';
import { LastPlan } from '../../src/engine/one-interface/last-plan.ts';
import { desiredPeers } from '../../src/plan/desired-peers.ts';
import { heldConfig, keySet, publicKeyOf } from '../support/plan-fixtures.ts';

const memory = { endpoints: new Map() };
const desiredOf = (names: readonly string[]) =>
  desiredPeers({ config: heldConfig(names, [keySet(1, names)]), leaseHolds: true, controllerNowMs: 0 });
const found = (name: string) => ({ publicKey: publicKeyOf(name), allowedIps: [] });

it('is the same for the same wish and the same reading', () => {
  const plans = new LastPlan();
  const [desired, peers] = [desiredOf(['a']), [found('gone')]];
  const plan = plans.of(desired, peers, memory);
  expect(plan.remove).toEqual([publicKeyOf('gone')]);
  expect(plans.of(desired, peers, memory)).toBe(plan);
});

it('is made again when the interface was read again, and when something else is wanted', () => {
  const plans = new LastPlan();
  const desired = desiredOf(['a']);
  plans.of(desired, [found('gone')], memory);
  expect(plans.of(desired, [], memory).remove).toEqual([]);
  const peers = [found('a')];
  expect(plans.of(desired, peers, memory).remove).toEqual([]);
  expect(plans.of(desiredOf([]), peers, memory).remove).toEqual([publicKeyOf('a')]);
});
