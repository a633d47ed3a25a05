import { createHmac, hkdfSync } from 'node:crypto';
import {
  fromHex,
  hkdfExpand32,
  hkdfExtract,
  parseEpochId,
  parseMeshId,
  parseNodeId,
  toHex,
} from '@mesh/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deriveEpochKey,
  deriveNodeKey,
  EpochSecret,
  type KeyedHmac,
  type PskHash,
  portableHash,
} from '../src/index.ts';
import { nodeHash } from './node-hash.ts';
import rfc4231 from './vectors/rfc4231.json' with { type: 'json' };
import rfc5869 from './vectors/rfc5869.json' with { type: 'json' };

describe.each([
  ['portable', portableHash],
  ['node:crypto', nodeHash],
] as const)('%s hash', (_name, hash) => {
  it.each(rfc5869.cases)('RFC 5869 $name: extract, and the first block of expand', (vector) => {
    const prk = hkdfExtract(fromHex(vector.salt), fromHex(vector.ikm), (key) => hash.keyHmac(key));
    expect(toHex(prk)).toBe(vector.prk);
    expect(toHex(hkdfExpand32(hash.keyHmac(prk), fromHex(vector.info)))).toBe(vector.okm.slice(0, 64));
  });

  it.each(rfc4231.cases)('RFC 4231 $name', (vector) => {
    const keyed = hash.keyHmac(fromHex(vector.key));
    for (let again = 0; again < 3; again++) {
      const tag = new Uint8Array(32);
      keyed.tagInto(fromHex(vector.data), tag);
      expect(toHex(tag).slice(0, vector.tag.length)).toBe(vector.tag);
    }
  });
});

describe('against node:crypto, arbitrary input', () => {
  it('HKDF to 32 bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.uint8Array({ maxLength: 300 }), (ikm, salt, info) => {
        const keyed = portableHash.keyHmac(hkdfExtract(salt, ikm));
        expect(toHex(hkdfExpand32(keyed, info))).toBe(
          Buffer.from(hkdfSync('sha256', ikm, salt, info, 32)).toString('hex'),
        );
      }),
    );
  });

  it('one keyed state, many messages of any length: no tag depends on the one before', () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), messages, (key, all) => {
        const keyed = portableHash.keyHmac(key);
        for (const message of all) {
          const tag = new Uint8Array(32);
          keyed.tagInto(message, tag);
          expect(toHex(tag)).toBe(createHmac('sha256', key).update(message).digest('hex'));
        }
      }),
    );
  });

  it('the keyed state does not keep the key that it was made from', () => {
    const key = new Uint8Array(32).fill(7);
    const keyed = portableHash.keyHmac(key);
    key.fill(0);
    const tag = new Uint8Array(32);
    keyed.tagInto(Uint8Array.of(1), tag);
    expect(toHex(tag)).toBe(
      createHmac('sha256', new Uint8Array(32).fill(7)).update(Uint8Array.of(1)).digest('hex'),
    );
    keyed.destroy();
    expect(() => keyed.tagInto(Uint8Array.of(1), tag)).toThrow();
  });
});

it('a hash that keeps its HMAC in an object gives the same keys', () => {
  class OwnHash implements PskHash {
    readonly #inner = portableHash;
    sha256(message: Uint8Array): Uint8Array {
      return this.#inner.sha256(message);
    }
    keyHmac(key: Uint8Array): KeyedHmac {
      return this.#inner.keyHmac(key);
    }
  }
  const input = { meshId: parseMeshId('demo'), epochId: parseEpochId(1) };
  const [own, portable] = [new OwnHash(), portableHash].map((hash) => {
    const epochSecret = EpochSecret.own(new Uint8Array(32).fill(1));
    return deriveNodeKey(deriveEpochKey({ ...input, epochSecret }, hash), parseNodeId('node-a'));
  });
  expect(own).toEqual(portable);
});
