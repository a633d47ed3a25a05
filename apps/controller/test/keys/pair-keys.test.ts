// The key of a pair is derived once for both of its ends, and is what deriving it for each end gives.

import { createHash } from 'node:crypto';
import { encodeBase64, parseEpochId, parseMeshId, parseNodeId } from '@mesh/primitives';
import { deriveEpochKey, derivePairPsk, EpochSecret } from '@mesh/psk';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { PairEnds } from '../../src/keys/pair-ends.ts';
import { PairKeys } from '../../src/keys/pair-keys.ts';

const publicKeyOf = (nodeId: string) => new Uint8Array(createHash('sha256').update(nodeId).digest());
const endOf = (number: number) => {
  const nodeId = parseNodeId(`node-${number}`);
  return { nodeId, publicKey: publicKeyOf(nodeId) };
};

function somePairs(nodes: number, mostHeld?: number) {
  const key = deriveEpochKey({
    meshId: parseMeshId('testmesh'),
    epochId: parseEpochId(1),
    epochSecret: EpochSecret.own(new Uint8Array(32).fill(7)),
  });
  const ends = new PairEnds();
  const add = (number: number) => {
    const { nodeId, publicKey } = endOf(number);
    ends.add([{ nodeId, publicKey: encodeBase64(publicKey) }]);
  };
  for (let number = 0; number < nodes; number++) add(number);
  const pairs = new PairKeys(key, ends, mostHeld);
  const hex = (self: number, peers: readonly number[]) => {
    const flat = Buffer.from(pairs.of(self, Uint32Array.from(peers)));
    return peers.map((_, at) => flat.subarray(32 * at, 32 * at + 32).toString('hex'));
  };
  const expected = (self: number, peers: readonly number[]) =>
    peers.map((peer) => Buffer.from(derivePairPsk(key, endOf(self), endOf(peer))).toString('hex'));
  return { key, ends, add, pairs, hex, expected };
}

const others = (self: number, nodes: number) => [...Array(nodes).keys()].filter((peer) => peer !== self);

describe('the keys of pairs', () => {
  it('are the keys of the schedule, whoever asks for which of them and in which order', () => {
    const question = fc
      .tuple(fc.nat(7), fc.uniqueArray(fc.nat(7), { maxLength: 8 }))
      .map(([self, peers]) => ({ self, peers: peers.filter((peer) => peer !== self) }));
    fc.assert(
      fc.property(fc.array(question, { maxLength: 20 }), fc.nat(10), (questions, mostHeld) => {
        const { pairs, hex, expected } = somePairs(8, mostHeld);
        for (const { self, peers } of questions) {
          expect(hex(self, peers)).toEqual(expected(self, peers));
          expect(pairs.held).toBeLessThanOrEqual(mostHeld);
        }
      }),
    );
  });

  it('are derived once for both ends, and nothing is held when both have them', () => {
    const { key, pairs, hex } = somePairs(10);
    const derived = vi.spyOn(key.keyedHmac(), 'tagInto');
    for (let self = 0; self < 10; self++) hex(self, others(self, 10));
    expect(derived).toHaveBeenCalledTimes(45);
    expect(pairs.held).toBe(0);
  });

  it('are derived again for an end that asks again, and are not held for ends that have asked', () => {
    const { pairs, hex, expected } = somePairs(4);
    for (let self = 0; self < 4; self++) hex(self, others(self, 4));
    expect(hex(2, [0, 1, 3])).toEqual(expected(2, [0, 1, 3]));
    expect(pairs.held).toBe(0);
  });

  it('are left for the other ends once, however often an end asks', () => {
    const { pairs, hex, expected } = somePairs(4);
    for (let times = 0; times < 3; times++) expect(hex(0, [1, 2])).toEqual(expected(0, [1, 2]));
    expect(pairs.held).toBe(2);
    expect(hex(0, [3])).toEqual(expected(0, [3]));
    expect(hex(3, [0])).toEqual(expected(3, [0]));
    expect(pairs.held).toBe(2);
  });

  it('are held for ends that have not asked, up to a limit, and none of them after the epoch', () => {
    const { pairs, hex, expected } = somePairs(6, 7);
    hex(0, others(0, 6));
    expect(pairs.held).toBe(5);
    hex(1, others(1, 6));
    // One was taken and two more found room.
    expect(pairs.held).toBe(6 + 1);
    expect(hex(5, others(5, 6))).toEqual(expected(5, others(5, 6)));
    pairs.dispose();
    expect(pairs.held).toBe(0);
  });

  it('include those of an end that was added later', () => {
    const { add, hex, expected } = somePairs(2);
    hex(0, [1]);
    add(2);
    expect(hex(2, [0, 1])).toEqual(expected(2, [0, 1]));
    expect(hex(1, [0, 2])).toEqual(expected(1, [0, 2]));
  });

  it('are zeroed where they waited once they were taken', () => {
    const { pairs } = somePairs(3);
    const fill = vi.spyOn(Uint32Array.prototype, 'fill');
    // The hash zeroes whole arrays of its own.
    const zeroed = () => fill.mock.calls.filter((args) => args.length === 3);
    pairs.of(0, Uint32Array.of(1, 2));
    expect(zeroed()).toEqual([]);
    pairs.of(1, Uint32Array.of(0));
    expect(zeroed()).toEqual([[0, 0, 8]]);
    pairs.dispose();
    expect(zeroed()).toHaveLength(2);
    fill.mockRestore();
  });

  it('cannot be had with oneself, with an end that is not known or with one whose key cannot be read', () => {
    const { ends, pairs, hex, expected } = somePairs(2);
    ends.add([{ nodeId: parseNodeId('node-2'), publicKey: 'AAAA' }]);
    expect(() => hex(0, [1, 0])).toThrow('itself');
    expect(() => hex(0, [7])).toThrow(RangeError);
    expect(() => hex(0, [1, 2])).toThrow('32 bytes');
    expect(hex(0, [1])).toEqual(expected(0, [1]));
    expect(() => hex(1, [0, 2])).toThrow('32 bytes');
    expect(pairs.held).toBe(0);
  });
});

describe('the ends of pairs', () => {
  it('are sorted by the ids of their nodes, also when ends were added since', () => {
    const ends = new PairEnds();
    const add = (...ids: string[]) =>
      ends.add(ids.map((id) => ({ nodeId: parseNodeId(id), publicKey: encodeBase64(publicKeyOf(id)) })));
    const sorted = (...numbers: number[]) => {
      const list = Uint32Array.from(numbers);
      ends.sort(list);
      return Array.from(list, (number) => ends.at(number).nodeId);
    };
    add('c', 'a', 'b1');
    expect(sorted(0, 1, 2)).toEqual(['a', 'b1', 'c']);
    add('b.0', 'b-0', '0');
    expect(sorted(5, 4, 3, 2, 1)).toEqual(['0', 'a', 'b-0', 'b.0', 'b1']);
  });

  it('a number that no end has is refused, and is not taken for another end', () => {
    const ends = new PairEnds();
    expect(() => ends.sort(Uint32Array.of(0))).toThrow(RangeError);
    ends.add([{ nodeId: parseNodeId('a'), publicKey: encodeBase64(publicKeyOf('a')) }]);
    expect(() => ends.sort(Uint32Array.of(0, 1))).toThrow(RangeError);
    expect(() => ends.at(1)).toThrow(RangeError);
  });
});
