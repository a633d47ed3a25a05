// The peer of a probation tunnel goes on the interface after the guard keeps it to its service, and leaves it
// when the guard does not.

import { createNoGuard, type GuardedPeer, type LeaseGuard, parseOnlyService } from '@mesh/wg-device';
import { describe, expect, it } from 'vitest';
import { config, start } from '../support/engine-harness.ts';
import { heldPeer, node } from '../support/plan-fixtures.ts';

const SERVICE = parseOnlyService({ port: 8_080, of: 'self' });

/** A guard whose kernel tests can take away. */
function fakeGuard() {
  let wanted: readonly GuardedPeer[] = [];
  let works = true;
  let found = { peers: wanted };
  const guard: Partial<LeaseGuard> = {
    apply: async ({ peers }) => {
      wanted = peers;
      if (works) found = { peers };
    },
    restrictions: () => restrictions(),
  };
  const made = new WeakMap<object, ReturnType<LeaseGuard['restrictions']>>();
  function restrictions() {
    const held = found;
    const known = made.get(held) ?? {
      holdFor: ({ addresses }: Pick<GuardedPeer, 'addresses'>) =>
        held.peers.some(
          (peer) => peer.service !== undefined && addresses.every((one) => peer.addresses.includes(one)),
        ),
    };
    made.set(held, known);
    return known;
  }
  return {
    guard,
    fails: () => {
      works = false;
      found = { peers: [] };
    },
    recovers: () => {
      works = true;
      found = { peers: wanted };
    },
  };
}

const denied = (names: readonly string[]) =>
  config(names, {
    allowed: false,
    peers: new Map(names.map((name) => [node(name), { ...heldPeer(name), onlyService: SERVICE }])),
  });

describe('a node that is denied and has a probation tunnel', () => {
  it('has its examiner on the interface, and nobody else', async () => {
    const { engine, peers, settle, calls } = start({ guard: fakeGuard().guard });
    engine.heard(180, config(['a', 'b', 'c']));
    await settle();
    engine.heard(180, denied(['b']));
    await settle();
    expect(await peers()).toEqual(['b']);
    // The denial comes first, for the examiner too: until then nothing had kept it to the service.
    expect(calls).toEqual(['add 3', 'remove 3', 'add 1']);
    engine.heard(180, config([], { allowed: false }));
    await settle();
    expect(await peers()).toEqual([]);
  });

  it('has nobody without a guard', async () => {
    const { engine, peers, settle } = start({ guard: createNoGuard() });
    engine.heard(180, denied(['b']));
    await settle();
    expect(await peers()).toEqual([]);
  });

  it('has nobody while the guard fails, and its examiner again when it has recovered', async () => {
    const { guard, fails, recovers } = fakeGuard();
    const { engine, peers, settle, clock } = start({ guard });
    engine.heard(180, denied(['b']));
    await settle();
    expect(await peers()).toEqual(['b']);
    fails();
    await clock.advance(1_000);
    await settle();
    expect(await peers()).toEqual([]);
    recovers();
    await clock.advance(1_000);
    await settle();
    expect(await peers()).toEqual(['b']);
  });

  it('has nobody when its lease has ended', async () => {
    const { engine, peers, settle, clock } = start({ guard: fakeGuard().guard });
    engine.heard(180, denied(['b']));
    await settle();
    await clock.advance(180_000);
    await settle();
    expect(await peers()).toEqual([]);
  });

  it('has its examiner with the next key alone when it is let in', async () => {
    const { engine, peers, settle } = start({ guard: fakeGuard().guard });
    engine.heard(180, denied(['b']));
    await settle();
    const anew = { ...heldPeer('b'), comesAnew: true as const };
    engine.heard(180, config(['b'], { keySets: [], peers: new Map([[node('b'), anew]]) }));
    await settle();
    expect(await peers()).toEqual([]);
    engine.heard(180, config(['b'], { peers: new Map([[node('b'), anew]]) }));
    await settle();
    expect(await peers()).toEqual(['b']);
  });
});
