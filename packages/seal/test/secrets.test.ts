import { inspect } from 'node:util';
import { SecretBytes } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { generateKemKeyPair, KemPrivateKey, openSealed, SEAL_SUITES, sealTo } from '../src/index.ts';
import { aad, bytes, info, pairOf, randomnessFor, sealError } from './samples.ts';

const isZero = (value: Uint8Array) => value.every((byte) => byte === 0);

describe.each(SEAL_SUITES)('%s: what is secret', (suite) => {
  const plaintext = bytes(40, 2);

  it('the seed and the randomness are zero afterwards, and zeros are refused', () => {
    const seed = bytes(32);
    const { publicKey } = generateKemKeyPair(suite, seed);
    expect(isZero(seed)).toBe(true);
    expect(() => generateKemKeyPair(suite, seed)).toThrow(sealError('spent_randomness'));

    const randomness = randomnessFor(suite);
    const seal = () => sealTo({ suite, publicKey, info, aad, plaintext, randomness });
    seal();
    expect(isZero(randomness)).toBe(true);
    expect(seal).toThrow(sealError('spent_randomness'));
  });

  it.each([0, 31, 33, 64])('a seed of %i bytes is refused', (length) => {
    expect(() => generateKemKeyPair(suite, bytes(length))).toThrow(sealError('wrong_length'));
  });

  it('the private key’s bytes are zero once it is disposed, and it refuses to open', () => {
    const { publicKey, privateKey } = pairOf(suite);
    const sealed = sealTo({ suite, publicKey, info, aad, plaintext, randomness: randomnessFor(suite) });
    const lent = privateKey.use((secret) => secret);
    expect(isZero(lent)).toBe(false);
    privateKey.dispose();
    privateKey.dispose();
    expect(isZero(lent)).toBe(true);
    expect(() => openSealed({ suite, privateKey, info, aad, sealed })).toThrow(sealError('disposed'));
    expect(privateKey.keyId).toHaveLength(22);
  });

  it('`using` disposes of it at the end of the scope', () => {
    let lent: Uint8Array = new Uint8Array(0);
    {
      using privateKey = pairOf(suite).privateKey;
      lent = privateKey.use((secret) => new Uint8Array(secret.buffer));
      expect(isZero(lent)).toBe(false);
    }
    expect(isZero(lent)).toBe(true);
  });

  it('the private key owns what it was given, without a copy', () => {
    const secret = bytes(32);
    const key = new KemPrivateKey(suite, pairOf(suite).publicKey, SecretBytes.own(secret));
    key.dispose();
    expect(isZero(secret)).toBe(true);
  });

  it('the private key prints as [secret] only', () => {
    const secret = pairOf(suite).privateKey;
    expect(String(secret)).toBe('[secret]');
    expect(JSON.stringify({ secret })).toBe('{"secret":"[secret]"}');
    expect(inspect({ secret }, { showHidden: true, depth: 9 })).toBe('{ secret: [secret] }');
  });

  it('opening twice gives two plaintexts of the caller’s own', () => {
    const { publicKey, privateKey } = pairOf(suite);
    const sealed = sealTo({ suite, publicKey, info, aad, plaintext, randomness: randomnessFor(suite) });
    const first = openSealed({ suite, privateKey, info, aad, sealed });
    first.fill(0);
    expect(openSealed({ suite, privateKey, info, aad, sealed })).toEqual(plaintext);
  });
});
