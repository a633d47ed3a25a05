import { configAnswer } from '@mesh/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueKey } from '../../src/plan/due-changes.ts';
import type { HeldConfig } from '../../src/plan/held-config.ts';
import {
  current,
  current4,
  delta,
  epochsOf,
  full,
  keysWithNext,
  mergeAnswer,
  merged,
  NAMES,
  NOW,
  next,
  peersOf,
  slotted,
  wirePeer,
} from '../support/config-answers.ts';
import { node, publicKeyOf } from '../support/plan-fixtures.ts';

describe('the open assignments of an examiner', () => {
  const one = ['ab'.repeat(16)];

  it('are those of the newest config, in full or as a delta', () => {
    const held = merged(undefined, full(['a'], { exams: one }));
    expect(held.exams).toEqual(one);
    expect(merged(held, delta({ exams: [] })).exams).toEqual([]);
    expect(merged(held, delta({})).exams).toBeUndefined();
  });
});

describe('a full config', () => {
  it('replaces everything that was held', () => {
    const config = merged(merged(undefined, full(['a', 'b'])), full(['c'], { version: 'v9' }));
    expect(peersOf(config)).toEqual(['c']);
    expect(config.version).toBe('v9');
    expect([...(config.keySets[0]?.psks.keys() ?? [])]).toEqual(['c']);
  });

  describe('without current keys, from a controller that has just started', () => {
    const fromStarted = (names: readonly string[], epochId: number, atMs: number) =>
      full(names, { keys: { suite: 'none', next: next(epochId, names, atMs) } });
    const dueAt = (config: HeldConfig, name: string, atMs: number) => {
      const peer = config.peers.get(node(name));
      return peer && dueKey(config.keySets, { ...peer, role: 'initiator' }, atMs)?.epochId;
    };

    it('keeps those in force until the named ones begin', () => {
      const config = merged(merged(undefined, full(['a'])), fromStarted(['a'], 9, NOW + 5_000));
      expect([0, 4_999, 5_000].map((ms) => dueAt(config, 'a', NOW + ms))).toEqual([4, 4, 9]);
    });

    it('lets pending ones begin if they come first, and only then', () => {
      const pending = merged(undefined, full(['a'], { keys: keysWithNext(['a'], 5, NOW + 1_000) }));
      const config = merged(pending, fromStarted(['a'], 6, NOW + 5_000));
      expect([0, 999, 1_000, 4_999, 5_000].map((ms) => dueAt(config, 'a', NOW + ms))).toEqual([
        4, 4, 5, 5, 6,
      ]);
      for (const laterMs of [5_000, 3_600_000]) {
        const late = merged(undefined, full(['a'], { keys: keysWithNext(['a'], 5, NOW + laterMs) }));
        const replaced = merged(late, fromStarted(['a'], 6, NOW + 5_000));
        expect(epochsOf(replaced)).toEqual([4, 6]);
      }
    });

    it('keeps no key of a peer that is gone or has another key', () => {
      const before = merged(undefined, full(['a', 'b', 'c']));
      const { keys } = fromStarted(['a', 'b'], 9, NOW + 5_000);
      const config = merged(before, full([], { peers: [wirePeer('a'), wirePeer('b', 'd')], keys }));
      expect(['a', 'b', 'c'].map((name) => dueAt(config, name, NOW))).toEqual([4, undefined, undefined]);
    });

    it('keeps no key of a peer with another key in slot b', () => {
      const before = merged(undefined, full([], { peers: [slotted('a', 'a')], keys: current4('a') }));
      const { keys } = fromStarted(['a'], 9, NOW + 5_000);
      expect(dueAt(merged(before, full([], { peers: [slotted('a', 'a')], keys })), 'a', NOW)).toBe(4);
      expect(dueAt(merged(before, full([], { peers: [slotted('a', 'c')], keys })), 'a', NOW)).toBeUndefined();
    });
  });

  it('for a denied node leaves no key, whatever it carries', () => {
    expect(merged(undefined, full(['a'], { allowed: false })).keySets).toEqual([]);
  });

  it('with a peer that cannot be read leaves out that peer and reports it', () => {
    const broken = { ...wirePeer('b'), allowed_ips: ['not an address'] };
    const result = mergeAnswer(undefined, full(['a'], { peers: [wirePeer('a'), broken] }));
    expect(result.config && peersOf(result.config)).toEqual(['a']);
    expect(result.kind === 'merged' && result.faults?.join()).toMatch(/peer b is left out/);
  });

  it('with another encoding of a key leaves out that peer and reports it', () => {
    const spelling = Buffer.from(wirePeer('b').public_keys.a, 'base64');
    spelling[31] = (spelling[31] ?? 0) | 0x80;
    const twin = { ...wirePeer('c'), public_keys: { a: spelling.toString('base64') } };
    const result = mergeAnswer(undefined, full([], { peers: [wirePeer('b'), twin] }));
    expect(result.config && peersOf(result.config)).toEqual(['b']);
    expect(result.kind === 'merged' && result.faults?.join()).toMatch(/peer c is left out: .*not canonical/);
  });

  it('with a key of low order leaves out that peer, or only its slot b if the key is for that, and reports it', () => {
    const lowOrder = Buffer.alloc(32, 0).fill(1, 0, 1).toString('base64');
    const bad = { ...wirePeer('b'), public_keys: { a: lowOrder } };
    const half = { ...wirePeer('c'), public_keys: { a: publicKeyOf('c') as string, b: lowOrder } };
    const answer = configAnswer.parse(full([], { peers: [wirePeer('a'), bad, half] }));
    const result = mergeAnswer(undefined, answer);
    expect(result.config && peersOf(result.config)).toEqual(['a', 'c']);
    expect(result.config?.peers.get(node('c'))).not.toHaveProperty('slotB');
    expect(result.kind === 'merged' && result.faults?.join()).toMatch(
      /peer b is left out: .*low order.*slot b of c: .*low order/,
    );
  });

  it.each(['host.example', '10.9.0.250/33', '10.9.0.250/24\nlink delete dev lo', ''])(
    'with %j as the interface’s address leaves the interface as it is, and takes the rest',
    (address) => {
      const broken = { interface: { addresses: ['10.9.0.7/24', address], mtu: 1_300 } };
      const held = merged(undefined, full(['a', 'b']));
      const result = mergeAnswer(held, full(['a'], broken));
      expect(result.config?.interface).toEqual({ addresses: ['10.9.0.250/24'], mtu: 1_420 });
      expect(result.config && peersOf(result.config)).toEqual(['a']);
      expect(result.kind === 'merged' && result.faults).toEqual([
        expect.stringContaining('the interface stays as it is'),
      ]);
      expect(mergeAnswer(undefined, full(['a'], broken)).config?.interface).toBeUndefined();
    },
  );

  it('with an endpoint that cannot be read keeps the peer, which can speak first', () => {
    const result = mergeAnswer(
      undefined,
      full([], { peers: [{ ...wirePeer('a'), endpoint: 'host.example:1' }] }),
    );
    expect(result.config?.peers.get(node('a'))).not.toHaveProperty('endpoint');
  });

  it.each([
    '10.9.0.1:51820',
    '10.9.0.200:51820',
    '[fd09::7]:51820',
    '127.0.0.1:51820',
    '[::1]:51820',
    '169.254.169.254:80',
    '[fe80::1]:51820',
    '224.0.0.1:51820',
    '240.0.0.1:51820',
    '255.255.255.255:51820',
    '0.0.0.0:51820',
  ])('with the endpoint %s keeps the peer without one, and reports it', (endpoint) => {
    const result = mergeAnswer(undefined, full([], { peers: [{ ...wirePeer('a'), endpoint }] }));
    expect(result.config?.peers.get(node('a'))).toBeDefined();
    expect(result.config?.peers.get(node('a'))).not.toHaveProperty('endpoint');
    expect(result.kind === 'merged' && result.faults?.join()).toMatch(/^the endpoint of a: /);
  });
});

describe('a delta', () => {
  const held = merged(undefined, full(['a', 'b', 'c']));

  it('removes peers and their keys', () => {
    const config = merged(held, delta({ removed: [node('b')] }));
    expect(peersOf(config)).toEqual(['a', 'c']);
    expect([...(config.keySets[0]?.psks.keys() ?? [])]).toEqual(['a', 'c']);
    expect(config.version).toBe('v2');
  });

  it('adds keys to an epoch that is held', () => {
    const config = merged(
      held,
      delta({ added: [wirePeer('d')], keys: { suite: 'none', current: current(4, ['d']) } }),
    );
    expect([...(config.keySets[0]?.psks.keys() ?? [])].sort()).toEqual(NAMES);
  });

  it('with the next epoch only keeps the current one, too', () => {
    expect(epochsOf(merged(held, delta({ keys: { suite: 'none', next: next(5, ['a']) } })))).toEqual([4, 5]);
  });

  it('whose next epoch replaces one that never began drops that one and keeps the current one', () => {
    const waiting = merged(held, delta({ keys: { suite: 'none', next: next(5, ['a']) } }));
    const config = merged(
      waiting,
      delta({ base: 'v2', version: 'v3', keys: { suite: 'none', next: next(6, ['a']) } }),
    );
    expect(epochsOf(config)).toEqual([4, 6]);
  });

  it('whose next epoch follows one that has begun keeps that one as the current one', () => {
    const rolled = merged(held, delta({ keys: { suite: 'none', next: next(5, ['a'], NOW - 1_000) } }));
    const config = merged(
      rolled,
      delta({ base: 'v2', version: 'v3', keys: { suite: 'none', next: next(6, ['a']) } }),
    );
    expect(epochsOf(config)).toEqual([5, 6]);
  });

  it("that names our next epoch as current leaves the responder's 200 ms intact", () => {
    const waiting = merged(held, delta({ keys: { suite: 'none', next: next(5, ['a'], NOW + 1_000) } }));
    const config = merged(
      waiting,
      delta({ base: 'v2', version: 'v3', keys: { suite: 'none', current: current(5, []) } }),
    );
    expect(config.keySets).toMatchObject([{ epochId: 5, activateAtMs: NOW }]);
    expect(config.keySets[0]?.psks.has(node('a'))).toBe(true);
  });

  it('without keys leaves the keys as they are (the way of a denial)', () => {
    expect(merged(held, delta({ removed: [node('a')] })).keySets[0]?.epochId).toBe(4);
  });

  it('with a new key for a peer forgets the PSKs made for the old one', () => {
    const config = merged(held, delta({ added: [wirePeer('a', 'a again')] }));
    expect(config.peers.get(node('a'))?.publicKey).toBe(publicKeyOf('a again'));
    expect(config.keySets[0]?.psks.has(node('a'))).toBe(false);
  });

  it('that denies this node drops every key', () => {
    expect(merged(held, delta({ allowed: false }))).toMatchObject({ allowed: false, keySets: [] });
  });

  it('that changes a peer into something unreadable does not keep the old peer', () => {
    const config = merged(held, delta({ added: [{ ...wirePeer('a'), allowed_ips: ['nonsense'] }] }));
    expect(peersOf(config)).toEqual(['b', 'c']);
  });

  it('from another version asks for a full config, but its removals and its denial count', () => {
    const result = mergeAnswer(held, delta({ base: 'elsewhere', removed: [node('b')] }));
    expect(result.kind).toBe('refetch');
    expect(result.config && peersOf(result.config)).toEqual(['a', 'c']);
    expect(mergeAnswer(held, delta({ base: 'elsewhere', allowed: false })).config?.allowed).toBe(false);
    expect(mergeAnswer({ ...held, allowed: false }, delta({ base: 'elsewhere' })).config?.allowed).toBe(
      false,
    );
  });

  it('without a held config asks for a full config', () => {
    expect(mergeAnswer(undefined, delta())).toEqual({ kind: 'refetch', config: undefined });
  });

  it('and the full config of the same state have the same result', () => {
    const names = fc.subarray(NAMES);
    fc.assert(
      fc.property(names, names, (before, after) => {
        const removed = before.filter((name) => !after.includes(name)).map(node);
        const added = after.filter((name) => !before.includes(name));
        const byDelta = merged(
          merged(undefined, full(before)),
          delta({
            removed,
            added: added.map((name) => wirePeer(name)),
            ...(added.length === 0 ? {} : { keys: { suite: 'none' as const, current: current(4, added) } }),
          }),
        );
        const byFull = merged(undefined, full(after));
        expect(peersOf(byDelta)).toEqual(peersOf(byFull));
        for (const peer of byFull.peers.values()) {
          expect(dueKey(byDelta.keySets, peer, NOW)).toEqual(dueKey(byFull.keySets, peer, NOW));
        }
      }),
    );
  });

  it('never leaves a removed peer behind, whatever its base', () => {
    fc.assert(
      fc.property(fc.subarray(NAMES), fc.boolean(), (gone, fits) => {
        const result = mergeAnswer(
          merged(undefined, full(NAMES)),
          delta({ base: fits ? 'v1' : 'v0', removed: gone.map(node) }),
        );
        for (const name of gone) {
          expect(result.config?.peers.has(node(name))).toBe(false);
          expect(result.config?.keySets.some((set) => set.psks.has(node(name)))).toBe(false);
        }
      }),
    );
  });
});
