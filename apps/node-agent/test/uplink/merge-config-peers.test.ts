// Merging a peer: its limit, its second slot, and the faults told of a peer that is left out.

import { rotationRole } from '@mesh/wg';
import { describe, expect, it } from 'vitest';
import type { HeldConfig } from '../../src/plan/held-config.ts';
import { delta, full, mergeAnswer, merged, wirePeer } from '../support/config-answers.ts';
import { node, publicKeyBOf, publicKeyOf, SELF_B } from '../support/plan-fixtures.ts';

describe('the limit of a pair', () => {
  const limited = (bits: number) => ({ ...wirePeer('a'), limit: { bits_per_second: bits } });
  const limitOf = (config: HeldConfig) => config.peers.get(node('a'))?.limit;

  it('comes with a full config, and is changed and removed by deltas', () => {
    const first = merged(undefined, full([], { peers: [limited(5_000_000)] }));
    expect(limitOf(first)).toBe(5_000_000);
    const lower = merged(first, delta({ added: [limited(1_000)] }));
    expect(limitOf(lower)).toBe(1_000);
    expect(
      limitOf(merged(lower, delta({ base: 'v2', version: 'v3', added: [wirePeer('a')] }))),
    ).toBeUndefined();
  });

  it('changes without a key: the held keys stay', () => {
    const first = merged(undefined, full(['a', 'b']));
    const limitedNow = merged(first, delta({ added: [limited(1_000)] }));
    expect(limitedNow.keySets).toEqual(first.keySets);
    expect(limitOf(limitedNow)).toBe(1_000);
  });

  it('that is too large to count is no limit', () => {
    expect(
      limitOf(merged(undefined, full([], { peers: [limited(Number.MAX_SAFE_INTEGER)] }))),
    ).toBeUndefined();
  });
});

describe('slot b of a peer', () => {
  const slotted = (changes: { b?: string; endpoint_b?: string | null } = {}) => ({
    ...wirePeer('b'),
    public_keys: { a: publicKeyOf('b') as string, b: changes.b ?? publicKeyBOf('b') },
    endpoint_b: changes.endpoint_b === undefined ? '192.0.2.2:51821' : changes.endpoint_b,
  });
  const held = (peer: ReturnType<typeof slotted>) => merged(undefined, full(['b'], { peers: [peer] }));

  it('has its own key, endpoint and role', () => {
    expect(held(slotted()).peers.get(node('b'))?.slotB).toEqual({
      publicKey: publicKeyBOf('b'),
      endpoint: { host: '192.0.2.2', port: 51_821 },
      role: rotationRole(SELF_B, publicKeyBOf('b')),
    });
    expect(held(slotted({ endpoint_b: null })).peers.get(node('b'))?.slotB).not.toHaveProperty('endpoint');
  });

  it('is absent if the peer has no key there, or has our own', () => {
    expect(merged(undefined, full(['b'])).peers.get(node('b'))).not.toHaveProperty('slotB');
    const ours = mergeAnswer(undefined, full(['b'], { peers: [slotted({ b: SELF_B })] }));
    expect(ours).toMatchObject({ kind: 'merged', faults: [expect.stringMatching(/^slot b of b: /)] });
    const peer = ours.config?.peers.get(node('b'));
    expect(peer?.publicKey).toBe(publicKeyOf('b'));
    expect(peer).not.toHaveProperty('slotB');
  });

  it('with a new key makes the node forget the peer’s PSKs', () => {
    const before = merged(undefined, full(['b'], { peers: [slotted()] }));
    const after = merged(before, delta({ added: [slotted({ b: publicKeyBOf('c') })] }));
    expect(after.keySets.map((set) => set.psks.size)).toEqual([0]);
  });

  it('comes with the kind of rotation, which is in place by default', () => {
    expect(merged(undefined, full(['b'])).rotation).toBe('in_place');
    const strict = merged(undefined, full(['b'], { rotation: 'strict', lead_ms: 20_000 }));
    expect(strict).toMatchObject({ rotation: 'strict', leadMs: 20_000 });
  });
});

it('a peer that is left out has everything told that is unreadable of it, as far as it was read', () => {
  const endpoints = { endpoint: 'host.example:1', endpoint_b: '10.9.0.3:5' };
  const b = { ...wirePeer('b'), public_keys: { a: publicKeyOf('b'), b: publicKeyBOf('b') }, ...endpoints };
  const faultsOf = (changes: object) =>
    mergeAnswer(undefined, full(['b'], { peers: [{ ...b, ...changes }] })).faults;
  const [first, second] = [/^the endpoint of b: the text/, /^the endpoint of b: 10\.9\.0\.3/];
  const all = [first, second, /^peer b is left out: /].map((each) => expect.stringMatching(each));
  expect(faultsOf({})).toEqual(all.slice(0, 2));
  expect(faultsOf({ allowed_ips: ['nonsense'] })).toEqual(all);
  expect(faultsOf({ limit: { bits_per_second: 0.5 }, allowed_ips: ['nonsense'] })).toEqual([
    ...all.slice(0, 2),
    expect.stringMatching(/^peer b is left out: a limit /),
  ]);
  const ownKeyInB = { public_keys: { a: publicKeyOf('b'), b: SELF_B } };
  expect(faultsOf(ownKeyInB)).toEqual([...all.slice(0, 2), expect.stringMatching(/^slot b of b: /)]);
  expect(faultsOf({ public_keys: { a: 'nonsense' } })).toEqual(all.slice(2));
});
