// When the plan of the peers is made anew, and when the one that was made still holds.

import { FakeClock } from '@mesh/host/test-kit';
import type { Restrictions } from '@mesh/wg-device';
import { describe, expect, it } from 'vitest';
import { ControllerClock } from '../../src/clock/controller-clock.ts';
import type { EnginePlanner } from '../../src/engine/one-interface/engine-parts.ts';
import { PeerPlanner } from '../../src/engine/one-interface/peer-planner.ts';
import type { Desired } from '../../src/plan/desired-peers.ts';
import type { HeldConfig } from '../../src/plan/held-config.ts';
import type { RouteOverlap } from '../../src/plan/route-overlaps.ts';
import { heldConfig } from '../support/plan-fixtures.ts';

const CHANGE_IN_MS = 60_000;

function scene() {
  const clock = new FakeClock({ nowMs: 1_900_000_000_000 });
  const changesAtMs = clock.nowMs() + CHANGE_IN_MS;
  const held: { config: HeldConfig | undefined; holds: boolean } = {
    config: heldConfig([], []),
    holds: true,
  };
  const told: { overlaps: readonly RouteOverlap[]; other: unknown; restrictions: Restrictions } = {
    overlaps: [],
    other: 'a',
    restrictions: { holdFor: () => false },
  };
  let made = 0;
  const planner: EnginePlanner = {
    desired: (): Desired => {
      made += 1;
      return { kind: 'peers', peers: new Map() };
    },
    nextChangeAtMs: (_config, nowMs) => (nowMs < changesAtMs ? changesAtMs : undefined),
    dependsOn: () => told.other,
  };
  const peers = new PeerPlanner(
    {
      heard: {
        get config() {
          return held.config;
        },
        leaseHolds: () => held.holds,
      },
      controllerClock: new ControllerClock(clock),
      routeWatch: { overlaps: () => told.overlaps, permitted: (desired) => desired },
      guard: { restrictions: () => told.restrictions },
    },
    planner,
  );
  return { clock, held, told, peers, made: () => made };
}

describe('a plan', () => {
  it('is the same one until something that it depends on changes', async () => {
    const { clock, peers, made } = scene();
    const first = peers.plan();
    await clock.advance(CHANGE_IN_MS - 1);
    expect(peers.plan()).toBe(first);
    expect(peers.look()).toBe(first);
    expect(made()).toBe(1);
  });

  it.each<[string, (changed: ReturnType<typeof scene>) => unknown]>([
    ['another config', ({ held }) => Object.assign(held, { config: heldConfig([], []) })],
    ['no config', ({ held }) => Object.assign(held, { config: undefined })],
    ['the end of the lease', ({ held }) => Object.assign(held, { holds: false })],
    ['another look at the routes', ({ told }) => Object.assign(told, { overlaps: [] })],
    ['what else its planner depends on', ({ told }) => Object.assign(told, { other: 'b' })],
    [
      'another restriction by the guard',
      ({ told }) => Object.assign(told, { restrictions: { holdFor: () => true } }),
    ],
    ['a clock that was set back', ({ clock }) => clock.jumpWall(-1)],
    ['the instant at which it changes by itself', ({ clock }) => clock.advance(CHANGE_IN_MS)],
  ])('is made anew after %s', async (_what, change) => {
    const changed = scene();
    const first = changed.peers.plan();
    await change(changed);
    expect(changed.peers.plan()).not.toBe(first);
    expect(changed.made()).toBe(2);
  });

  it('that a look makes does not take the place of the last one', async () => {
    const { clock, peers } = scene();
    peers.plan();
    await clock.advance(CHANGE_IN_MS + 5);
    peers.look();
    expect(peers.nextChangeInMs()).toBe(-5);
    peers.plan();
    expect(peers.nextChangeInMs()).toBe(Number.POSITIVE_INFINITY);
  });
});
