import { parseEpochId, parseMeshId, parseNodeId, toHex } from '@mesh/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deriveEpochKey,
  deriveNodeKey,
  derivePairPsk,
  derivePairPsks,
  type EpochKey,
  EpochSecret,
  type PairEnd,
} from '../src/index.ts';

function epochKey(mesh = 'demo', epoch = 1, secret = 1): EpochKey {
  return deriveEpochKey({
    meshId: parseMeshId(mesh),
    epochId: parseEpochId(epoch),
    epochSecret: EpochSecret.own(new Uint8Array(32).fill(secret)),
  });
}

const id = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/).map(parseNodeId);
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const end: fc.Arbitrary<PairEnd> = fc.record({ nodeId: id, publicKey: bytes32 });
const ends = fc.uniqueArray(end, { selector: (e) => e.nodeId, minLength: 2, maxLength: 8 });
const key = epochKey();
const node = (nodeId: string, fill = 1): PairEnd => ({
  nodeId: parseNodeId(nodeId),
  publicKey: new Uint8Array(32).fill(fill),
});

describe('derivePairPsk', () => {
  it('is symmetric, and depends neither on the order of peers nor on who else is among them', () => {
    fc.assert(
      fc.property(ends, ([self, ...peers]) => {
        if (self === undefined) return;
        const there = derivePairPsks(key, self, peers);
        const back = derivePairPsks(key, self, peers.toReversed());
        peers.forEach((peer, i) => {
          const psk = toHex(there.subarray(32 * i, 32 * i + 32));
          const j = peers.length - 1 - i;
          expect(toHex(back.subarray(32 * j, 32 * j + 32))).toBe(psk);
          expect(toHex(derivePairPsk(key, peer, self))).toBe(psk);
        });
      }),
    );
  });

  it('gives different pairs different keys', () => {
    fc.assert(
      fc.property(ends, (all) => {
        const psks = all.flatMap((a, i) => all.slice(i + 1).map((b) => toHex(derivePairPsk(key, a, b))));
        expect(new Set(psks).size).toBe(psks.length);
      }),
    );
  });

  it('changes with the mesh, the epoch, the secret and either public key', () => {
    const psks = [
      derivePairPsk(key, node('a'), node('b')),
      derivePairPsk(epochKey('demo2'), node('a'), node('b')),
      derivePairPsk(epochKey('demo', 2), node('a'), node('b')),
      derivePairPsk(epochKey('demo', 1, 2), node('a'), node('b')),
      derivePairPsk(key, node('a', 2), node('b')),
      derivePairPsk(key, node('a'), node('b', 2)),
      deriveNodeKey(key, parseNodeId('a')),
    ].map(toHex);
    expect(new Set(psks).size).toBe(psks.length);
  });

  it('is not the key of the pair whose public keys are swapped', () => {
    expect(derivePairPsk(key, node('a', 1), node('b', 2))).not.toEqual(
      derivePairPsk(key, node('a', 2), node('b', 1)),
    );
  });

  it('orders ids by bytes: node-10 comes before node-9, as in the vectors', () => {
    expect(derivePairPsk(key, node('node-9', 1), node('node-10', 2))).toEqual(
      derivePairPsk(key, node('node-10', 2), node('node-9', 1)),
    );
  });

  it('no peers give no keys', () => {
    expect(derivePairPsks(key, node('a'), [])).toHaveLength(0);
  });

  it('refuses a node with itself, alone or among others, even under another public key', () => {
    const sameNode = expect.objectContaining({ code: 'same_node' });
    expect(() => derivePairPsk(key, node('a'), node('a'))).toThrow(sameNode);
    expect(() => derivePairPsk(key, node('a', 1), node('a', 2))).toThrow(sameNode);
    expect(() => derivePairPsks(key, node('a'), [node('b'), node('a')])).toThrow(sameNode);
  });

  it.each([0, 31, 33])('refuses a public key of %i bytes at either end', (length) => {
    const bad = { nodeId: parseNodeId('b'), publicKey: new Uint8Array(length) };
    const wrongLength = expect.objectContaining({ code: 'wrong_length' });
    expect(() => derivePairPsk(key, node('a'), bad)).toThrow(wrongLength);
    expect(() => derivePairPsk(key, bad, node('a'))).toThrow(wrongLength);
  });

  it.each(['', 'A', 'a\u0101', 'x'.repeat(64)])(
    'refuses %j, which can be a node id only by a cast',
    (text) => {
      const bad = { nodeId: text as PairEnd['nodeId'], publicKey: new Uint8Array(32) };
      expect(() => derivePairPsk(key, node('a'), bad)).toThrow(
        expect.objectContaining({ code: 'invalid_node_id' }),
      );
      expect(() => derivePairPsk(key, bad, node('a'))).toThrow(
        expect.objectContaining({ code: 'invalid_node_id' }),
      );
    },
  );
});
