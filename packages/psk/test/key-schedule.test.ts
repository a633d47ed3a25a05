import {
  decodeBase64,
  encodeBase64,
  fromHex,
  parseEpochId,
  parseMeshId,
  parseNodeId,
  toHex,
} from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { deriveEpochKeyBytes } from '../src/derive-epoch-key.ts';
import {
  commitEpochSecret,
  deriveEpochKey,
  deriveNodeKey,
  derivePairPsk,
  derivePairPsks,
  EpochSecret,
  type PairEnd,
  portableHash,
  singleHmacPsk,
} from '../src/index.ts';
import { nodeHash } from './node-hash.ts';
import vectors from './vectors/key-schedule.json' with { type: 'json' };

describe.each([
  ['portable', portableHash],
  ['node:crypto', nodeHash],
] as const)('key-schedule.json over the %s hash', (_name, hash) => {
  describe.each(vectors.cases)('mesh $mesh_id, epoch $epoch_id', (vector) => {
    const input = {
      meshId: parseMeshId(vector.mesh_id),
      epochId: parseEpochId(vector.epoch_id),
      epochSecret: EpochSecret.own(fromHex(vector.epoch_secret)),
    };
    const epochKey = deriveEpochKey(input, hash);
    const publicKeys = Object.entries(vector.wireguard_public_keys);
    const ends = new Map(
      publicKeys.map(([id, key]): [string, PairEnd] => [
        id,
        { nodeId: parseNodeId(id), publicKey: decodeBase64(key, { lengthBytes: 32 }) },
      ]),
    );
    const end = (id: string): PairEnd => {
      const found = ends.get(id);
      if (found === undefined) throw new Error(`the vectors give no public key for ${id}`);
      return found;
    };

    it('epoch_prk', () => {
      expect(toHex(deriveEpochKeyBytes(input, hash))).toBe(vector.epoch_prk);
    });

    it('commitment', () => {
      expect(commitEpochSecret(input, hash)).toBe(vector.commitment);
    });

    it.each(Object.entries(vector.node_keys))('node_keys: %s', (id, key) => {
      expect(toHex(deriveNodeKey(epochKey, parseNodeId(id)))).toBe(key);
    });

    it.each(vector.pair_psks)('pair_psks: $a and $b, in either order', ({ a, b, psk }) => {
      expect(encodeBase64(derivePairPsk(epochKey, end(a), end(b)))).toBe(psk);
      expect(encodeBase64(derivePairPsk(epochKey, end(b), end(a)))).toBe(psk);
    });

    it('every pair of the nodes has its vector, and the many-peer form gives the same', () => {
      const known = new Map(
        vector.pair_psks.flatMap(({ a, b, psk }) => [
          [`${a} ${b}`, psk],
          [`${b} ${a}`, psk],
        ]),
      );
      for (const [id, self] of ends) {
        const peers = [...ends.values()].filter((peer) => peer.nodeId !== id);
        const psks = derivePairPsks(epochKey, self, peers);
        expect(psks).toHaveLength(32 * peers.length);
        peers.forEach((peer, i) => {
          expect(encodeBase64(psks.subarray(32 * i, 32 * i + 32))).toBe(known.get(`${id} ${peer.nodeId}`));
        });
      }
    });
  });

  it.each(vectors.single_hmac)('single_hmac: $node_id', (vector) => {
    const secret = EpochSecret.own(fromHex(vector.epoch_secret));
    expect(encodeBase64(singleHmacPsk(secret, parseNodeId(vector.node_id), hash))).toBe(vector.psk_base64);
  });
});

it('the vectors hold nothing that these tests do not check', () => {
  expect(Object.keys(vectors).sort()).toEqual(['cases', 'derivation', 'single_hmac']);
  for (const vector of vectors.cases) {
    expect(Object.keys(vector).sort()).toEqual(
      [
        'mesh_id',
        'epoch_id',
        'epoch_secret',
        'epoch_prk',
        'commitment',
        'node_keys',
        'wireguard_public_keys',
        'pair_psks',
      ].sort(),
    );
  }
  expect(vectors.derivation).toBe('mesh/psk/v1');
});
