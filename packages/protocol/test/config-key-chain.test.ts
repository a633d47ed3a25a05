// The chain of config keys: whoever trusts the first key can verify the last, and what a thief of a key, or
// somebody with an old list, can make of it.

import { ed25519PublicKey, encodeBase64, parseMeshId } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import {
  type ConfigKeyList,
  type ConfigKeyTrust,
  configKeyList,
  followKeyLists,
  keysTrustedAt,
  listMadeAtMs,
  signMessage,
  trustKey,
  trustList,
} from '../src/index.ts';

const MESH = parseMeshId('demo');
const seedOf = (key: number) => new Uint8Array(32).fill(key);
const publicOf = (key: number) => ed25519PublicKey(seedOf(key));
const textOf = (key: number) => encodeBase64(publicOf(key));

interface Made {
  readonly at: number;
  readonly present: number;
  readonly next?: readonly [key: number, fromMs: number];
  readonly signer?: number;
  readonly mesh?: string;
}
function list({ at, present, next, signer = present, mesh = 'demo' }: Made): ConfigKeyList {
  const body = {
    mesh_id: mesh,
    made_at_ms: at,
    present: textOf(present),
    ...(next && { next: { public_key: textOf(next[0]), from_ms: next[1] } }),
  };
  return configKeyList.parse(signMessage('config_key_list', body, seedOf(signer)));
}
const follow = (trust: ConfigKeyTrust, ...lists: ConfigKeyList[]) => followKeyLists(trust, lists, MESH);
/** The keys that are trusted at this moment, by their numbers. */
const keysAt = (trust: ConfigKeyTrust | undefined, atMs: number) =>
  trust && keysTrustedAt(trust, atMs).map((key) => [1, 2, 3, 4].find((n) => textOf(n) === encodeBase64(key)));

const first = trustKey(publicOf(1));
const TO_2 = list({ at: 100, present: 1, next: [2, 150] });
const ONLY_2 = list({ at: 200, present: 2 });
const TO_3 = list({ at: 300, present: 2, next: [3, 350] });
const ONLY_3 = list({ at: 400, present: 3 });

describe('a chain', () => {
  it('leads from the first key to the third, whole or link by link', () => {
    const whole = follow(first, TO_2, ONLY_2, TO_3, ONLY_3);
    expect(keysAt(whole, 1_000)).toEqual([3]);
    const links = [TO_2, ONLY_2, TO_3, ONLY_3].reduce<ConfigKeyTrust>(
      (trust, link) => follow(trust, link) ?? first,
      first,
    );
    expect(links).toEqual(whole);
    expect(trustList(ONLY_3)).toEqual(whole);
    expect([listMadeAtMs(first), listMadeAtMs(links)]).toEqual([0, 400]);
  });

  it('lets an announced key sign from its moment on, the newest key first', () => {
    const told = follow(first, TO_2);
    expect([keysAt(told, 149), keysAt(told, 150), keysAt(told, 151)]).toEqual([[1], [2, 1], [2, 1]]);
  });

  it('ends the key before with the list that leaves it out', () => {
    expect(keysAt(follow(first, TO_2, ONLY_2), 1_000)).toEqual([2]);
  });

  it('takes a list again after an announcement that was dropped', () => {
    const dropped = [TO_2, list({ at: 160, present: 1 }), list({ at: 170, present: 1, next: [3, 170] })];
    expect(keysAt(follow(first, ...dropped), 1_000)).toEqual([3, 1]);
  });
});

describe('refused as a whole', () => {
  it.each([
    ['an announcement that the key announced has signed itself', first, [list({ at: 100, present: 2 })]],
    [
      'an announcement that a stranger has signed for the present key',
      first,
      [list({ at: 100, present: 1, next: [4, 100], signer: 4 })],
    ],
    ['a chain with a link left out', first, [TO_2, ONLY_3]],
    ['a chain from a key that is not trusted', trustKey(publicOf(4)), [TO_2, ONLY_2]],
    ['a list by the announced key before its moment', first, [TO_2, list({ at: 149, present: 2 })]],
    ['a list of another mesh', first, [list({ at: 100, present: 1, next: [2, 100], mesh: 'other' })]],
    [
      'a list with another next key than was signed',
      first,
      [{ ...TO_2, next: { ...TO_3.next, from_ms: 150 } }],
    ],
    ['a good list before a bad one', first, [TO_2, list({ at: 200, present: 4 })]],
    // The key was stolen, but it had ended by then.
    ['a fork by a key that has ended', trustList(ONLY_2), [list({ at: 500, present: 1, next: [4, 500] })]],
    ['the same as the end', trustList(TO_3), [list({ at: 500, present: 1 })]],
  ])('%s', (_what, trust, lists) => {
    expect(follow(trust, ...(lists as ConfigKeyList[]))).toBeUndefined();
  });

  it('the control: for a node that still trusts the stolen key, the same fork leads on', () => {
    expect(keysAt(follow(trustList(TO_2), list({ at: 500, present: 1, next: [4, 500] })), 1_000)).toEqual([
      4, 1,
    ]);
  });
});

describe('an old list that is sent again', () => {
  const aborted = trustList(list({ at: 160, present: 1 }));
  it('brings back no key that was dropped, and no key that has ended', () => {
    expect(follow(aborted, TO_2)).toBe(aborted);
    const ended = trustList(ONLY_2);
    expect(follow(ended, TO_2)).toBe(ended);
  });

  it('the control: it does for a node that has never heard of the newer one', () => {
    expect(keysAt(follow(first, TO_2), 1_000)).toEqual([2, 1]);
  });
});
