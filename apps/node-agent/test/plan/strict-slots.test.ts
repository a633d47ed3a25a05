// Strict rotation: what each slot holds at every instant around a boundary, one millisecond before, at and
// after it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Desired } from '../../src/plan/desired-peers.ts';
import type { HeldConfig, KeySet } from '../../src/plan/held-config.ts';
import { nextInstantMs, planStrictSlots, strictTiming } from '../../src/plan/strict-slots.ts';
import {
  heldPeer,
  heldPsk,
  keySet,
  node,
  publicKeyBOf,
  publicKeyOf,
  strictConfig,
} from '../support/plan-fixtures.ts';
import { at, NAMES, T, THEY_LEAD, WE_LEAD } from '../support/strict-fixtures.ts';

/** Epoch 4, in slot a, is in force; epoch 5, in slot b, begins at T. Lead 20 s. */
const CONFIG = strictConfig(NAMES, [keySet(4, NAMES), keySet(5, NAMES, T)]);

const planAt = (controllerNowMs: number, config: HeldConfig | undefined = CONFIG) =>
  planStrictSlots({ config, leaseHolds: true, controllerNowMs, carrying: undefined });

/** `name@epoch`, or `name@?` if the key on the interface stays. */
function contents(desired: Desired): string[] | string {
  if (desired.kind !== 'peers') return desired.kind;
  return [...desired.peers.values()].map(({ nodeId, key }) => `${nodeId}@${key?.epochId ?? '?'}`).sort();
}

describe('what is done before and after a boundary', () => {
  it.each([
    [20_000, { fillMs: 15_000, initiatorDelayMs: 1_000, verifyMs: 2_500, flushMs: 1_500 }],
    [10_000, { fillMs: 7_500, initiatorDelayMs: 500, verifyMs: 1_250, flushMs: 1_000 }],
    [4_000, { fillMs: 3_000, initiatorDelayMs: 200, verifyMs: 500, flushMs: 1_000 }],
    [2_000, { fillMs: 1_500, initiatorDelayMs: 200, verifyMs: 250, flushMs: 1_000 }],
    [undefined, { fillMs: 15_000, initiatorDelayMs: 1_000, verifyMs: 2_500, flushMs: 1_500 }],
  ])('with a lead of %s ms', (leadMs, expected) => {
    expect(strictTiming(leadMs)).toEqual(expected);
  });

  it('leaves time between the initiators’ fill and the boundary, and is over before the next fill', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4_000, max: 86_400_000 }), (epochMs) => {
        const leadMs = Math.min(20_000, epochMs / 2);
        const { fillMs, initiatorDelayMs, verifyMs, flushMs } = strictTiming(leadMs);
        expect(fillMs).toBeLessThan(leadMs);
        expect(fillMs - initiatorDelayMs).toBeGreaterThan(verifyMs);
        expect(flushMs).toBeGreaterThanOrEqual(1_000);
        expect(flushMs).toBeLessThan(2_000);
        expect(flushMs).toBeLessThanOrEqual(epochMs - fillMs);
      }),
    );
  });
});

describe('the slots around a boundary', () => {
  it.each([
    ['before the responders fill', -15_001, at(4), [], 'a'],
    ['when the responders fill', -15_000, at(4), at(5, [THEY_LEAD]), 'a'],
    ['before the initiators fill', -14_001, at(4), at(5, [THEY_LEAD]), 'a'],
    ['when the initiators fill', -14_000, at(4), at(5), 'a'],
    ['just before the boundary', -1, at(4), at(5), 'a'],
    ['at the boundary', 0, at(4), at(5), 'b'],
    ['before the old slot is emptied', 1_499, at(4), at(5), 'b'],
    ['when it is', 1_500, [], at(5), 'b'],
    ['long after', 30_000, [], at(5), 'b'],
  ] as const)('%s', (_when, offsetMs, a, b, carries) => {
    const plan = planAt(T + offsetMs);
    expect({ a: contents(plan.slots.a), b: contents(plan.slots.b), carries: plan.carries }).toEqual({
      a,
      b,
      carries,
    });
  });

  it('hold each pair’s key, endpoint and keys of that slot', () => {
    const { slots } = planAt(T - 1);
    const [inA, inB] = [slots.a, slots.b].map((desired) =>
      desired.kind === 'peers' ? desired.peers : new Map(),
    );
    expect([...(inA?.keys() ?? [])].sort()).toEqual(NAMES.map(publicKeyOf).sort());
    expect([...(inB?.keys() ?? [])].sort()).toEqual(NAMES.map(publicKeyBOf).sort());
    expect(inA?.get(publicKeyOf(WE_LEAD))).toMatchObject({
      endpoint: { port: 51_820 },
      key: heldPsk(4, WE_LEAD),
      onNewKey: 'replace',
    });
    expect(inB?.get(publicKeyBOf(WE_LEAD))).toMatchObject({
      endpoint: { port: 51_821 },
      key: heldPsk(5, WE_LEAD),
      keepaliveSeconds: 5,
    });
  });

  it('keep a responder silent until its slot is in use', () => {
    const keepalive = (offsetMs: number) => {
      const { b } = planAt(T + offsetMs).slots;
      return b.kind === 'peers' ? b.peers.get(publicKeyBOf(THEY_LEAD))?.keepaliveSeconds : undefined;
    };
    expect([-15_000, 0, 1_499, 1_500].map(keepalive)).toEqual([0, 0, 0, 25]);
  });

  it('are checked for handshakes an eighth of the lead before the boundary, and not after it', () => {
    const due = (offsetMs: number) => planAt(T + offsetMs).verify;
    expect(due(-2_501)).toBeUndefined();
    expect(due(-2_500)).toEqual({ slot: 'b', epochId: 5 });
    expect(due(0)).toBeUndefined();
  });

  it('change at the instants that the plan names, and at no other', () => {
    const instants: number[] = [];
    for (let nowMs = T - 20_000; ; ) {
      const next = nextInstantMs(CONFIG, nowMs);
      if (next === undefined) break;
      instants.push(next - T);
      nowMs = next;
    }
    expect(instants).toEqual([-15_000, -14_000, -2_500, 0, 1_500]);
  });
});

describe('what strict rotation never does', () => {
  const epochs = fc.record({
    offsetMs: fc.integer({ min: -25_000, max: 25_000 }),
    names: fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { maxLength: 8 }),
    gone: fc.constantFrom(...'abcdefgh'),
    firstId: fc.integer({ min: 1, max: 50 }),
    skipped: fc.integer({ min: 1, max: 3 }),
    knowsCurrent: fc.boolean(),
    leadMs: fc.integer({ min: 2_000, max: 20_000 }),
    carrying: fc.constantFrom(undefined, 'a' as const, 'b' as const),
  });
  type Epochs = typeof epochs extends fc.Arbitrary<infer T> ? T : never;
  const planOf = (input: Epochs) => {
    const { offsetMs, names, gone, firstId, skipped, knowsCurrent, leadMs, carrying } = input;
    const everyone = [...'abcdefgh'];
    // The keys name every peer, so only the config decides.
    const sets: KeySet[] = [
      ...(knowsCurrent ? [keySet(firstId, everyone, T - 60_000)] : []),
      keySet(firstId + skipped, everyone, T),
    ];
    const members = names.filter((name) => name !== gone);
    const config = strictConfig(members, sets, { leadMs });
    return {
      plan: planStrictSlots({ config, leaseHolds: true, controllerNowMs: T + offsetMs, carrying }),
      members,
    };
  };

  it('keeps a denied node in either slot', () => {
    fc.assert(
      fc.property(epochs, (input) => {
        const { plan, members } = planOf(input);
        for (const desired of [plan.slots.a, plan.slots.b]) {
          expect(desired.kind).toBe('peers');
          if (desired.kind !== 'peers') continue;
          for (const { nodeId } of desired.peers.values()) expect(members.map(node)).toContain(nodeId);
        }
      }),
    );
  });

  it('puts keys of an epoch into the other epoch’s slot, or routes to a slot of an epoch not in force', () => {
    fc.assert(
      fc.property(epochs, (input) => {
        const { plan } = planOf(input);
        for (const [slot, desired] of Object.entries(plan.slots)) {
          if (desired.kind !== 'peers') continue;
          for (const { key } of desired.peers.values())
            if (key !== undefined) expect(key.epochId % 2 === 0 ? 'a' : 'b').toBe(slot);
        }
        if (plan.epochId === undefined) expect(plan.carries).toBe(input.carrying);
        else expect(plan.carries).toBe(plan.epochId % 2 === 0 ? 'a' : 'b');
        if (input.offsetMs < 0) expect(plan.epochId).not.toBe(input.firstId + input.skipped);
      }),
    );
  });

  it('leaves an earlier epoch in a slot two seconds after a boundary', () => {
    fc.assert(
      fc.property(epochs, (input) => {
        const { plan } = planOf({ ...input, offsetMs: 2_000 + Math.abs(input.offsetMs) });
        for (const desired of [plan.slots.a, plan.slots.b]) {
          if (desired.kind !== 'peers') continue;
          for (const { key } of desired.peers.values())
            expect(key?.epochId).toBe(input.firstId + input.skipped);
        }
      }),
    );
  });
});

describe('what the slots hold when little is known', () => {
  it('nothing, after the lease or for a denied node, in both slots', () => {
    const ended = planStrictSlots({ config: CONFIG, leaseHolds: false, controllerNowMs: T, carrying: 'a' });
    expect(ended.slots).toEqual({
      a: { kind: 'closed', why: 'lease_ended' },
      b: { kind: 'closed', why: 'lease_ended' },
    });
    const denied = planAt(T, strictConfig(NAMES, [keySet(5, NAMES)], { allowed: false }));
    expect(denied.slots).toEqual({
      a: { kind: 'closed', why: 'denied' },
      b: { kind: 'closed', why: 'denied' },
    });
  });

  it('everything that is there, before the first config of a run', () => {
    const plan = planStrictSlots({ config: undefined, leaseHolds: true, controllerNowMs: T, carrying: 'a' });
    expect(plan.slots).toEqual({ a: { kind: 'unknown' }, b: { kind: 'unknown' } });
    expect(plan.carries).toBeUndefined();
  });

  it('the slot that the routes point to, while no epoch in force is known', () => {
    const config = strictConfig(NAMES, [keySet(7, NAMES, T)]);
    const plan = (offsetMs: number) =>
      planStrictSlots({ config, leaseHolds: true, controllerNowMs: T + offsetMs, carrying: 'a' });
    expect(contents(plan(-20_000).slots.a)).toEqual(NAMES.map((name) => `${name}@?`).sort());
    expect(contents(plan(-1).slots.b)).toEqual(at(7));
    expect(plan(-1).carries).toBe('a');
    expect(plan(0).carries).toBe('b');
    expect(contents(plan(1_499).slots.a)).toEqual(NAMES.map((name) => `${name}@?`).sort());
    expect(contents(plan(1_500).slots.a)).toEqual([]);
  });

  it('an epoch that skipped an id, and so belongs to the slot in use, waits for its boundary and replaces the sessions', () => {
    const config = strictConfig(NAMES, [keySet(4, NAMES), keySet(6, NAMES, T)]);
    expect(contents(planAt(T - 1, config).slots.a)).toEqual(at(4));
    expect(contents(planAt(T - 1, config).slots.b)).toEqual([]);
    expect(planAt(T - 1, config).verify).toBeUndefined();
    expect(contents(planAt(T, config).slots.a)).toEqual(at(6));
  });

  it('a peer without a key in slot b is in slot a only', () => {
    const config = strictConfig(NAMES, [keySet(4, NAMES), keySet(5, NAMES, T)], {
      peers: new Map([[node(WE_LEAD), heldPeer(WE_LEAD)]]),
    });
    expect(contents(planAt(T - 1, config).slots.a)).toEqual(at(4, [WE_LEAD]));
    expect(contents(planAt(T - 1, config).slots.b)).toEqual([]);
  });

  it('a peer that has no key in the epoch in force is in no slot yet', () => {
    const config = strictConfig(NAMES, [keySet(4, [WE_LEAD]), keySet(5, NAMES, T)]);
    expect(contents(planAt(T - 1, config).slots.a)).toEqual(at(4, [WE_LEAD]));
    expect(contents(planAt(T - 1, config).slots.b)).toEqual(at(5));
  });
});
