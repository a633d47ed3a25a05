import { inspect } from 'node:util';
import { SecretBytes } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import {
  encapsulateTo,
  generateKemKeyPair,
  KemPrivateKey,
  openSealed,
  SEAL_SUITES,
  sealTo,
  setupReceiver,
  setupSender,
} from '../src/index.ts';
import { aad, bytes, encapsulated, info, pairOf, randomnessFor, sealError } from './samples.ts';

const isZero = (value: Uint8Array) => value.every((byte) => byte === 0);

describe.each(SEAL_SUITES)('%s: secrets', (suite) => {
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

  it('opening twice gives two plaintexts that the caller owns', () => {
    const { publicKey, privateKey } = pairOf(suite);
    const sealed = sealTo({ suite, publicKey, info, aad, plaintext, randomness: randomnessFor(suite) });
    const first = openSealed({ suite, privateKey, info, aad, sealed });
    first.fill(0);
    expect(openSealed({ suite, privateKey, info, aad, sealed })).toEqual(plaintext);
  });

  it('an encapsulation takes its randomness over, and makes only one context', () => {
    const { publicKey } = pairOf(suite);
    const randomness = randomnessFor(suite);
    const ahead = encapsulateTo({ suite, publicKey, randomness });
    expect(isZero(randomness)).toBe(true);
    expect(() => encapsulateTo({ suite, publicKey, randomness })).toThrow(sealError('spent_randomness'));
    let lent: Uint8Array = new Uint8Array(0);
    ahead.useUp((sharedSecret) => {
      lent = sharedSecret;
      expect(isZero(sharedSecret)).toBe(false);
    });
    expect(isZero(lent)).toBe(true);
    expect(() => setupSender(ahead, info)).toThrow(sealError('disposed'));
  });

  it('an encapsulation that fails to become a context, or is disposed of, cannot become another', () => {
    const { publicKey } = pairOf(suite);
    const failing = encapsulated(suite, publicKey);
    expect(() => setupSender(failing, undefined as unknown as Uint8Array)).toThrow();
    expect(() => setupSender(failing, info)).toThrow(sealError('disposed'));
    const disposed = encapsulated(suite, publicKey);
    disposed.dispose();
    disposed.dispose();
    expect(() => setupSender(disposed, info)).toThrow(sealError('disposed'));
  });

  it('contexts refuse use once they are disposed', () => {
    const { publicKey, privateKey } = pairOf(suite);
    const sender = setupSender(encapsulated(suite, publicKey), info);
    const receiver = setupReceiver({ suite, privateKey, enc: sender.enc, info });
    const message = { aad, ...sender.seal({ aad, plaintext }) };
    expect(receiver.open(message)).toEqual(plaintext);
    for (const context of [sender, receiver]) {
      context.dispose();
      context.dispose();
    }
    expect(() => sender.seal({ aad, plaintext })).toThrow(sealError('disposed'));
    expect(() => receiver.open(message)).toThrow(sealError('disposed'));
  });

  it('a receiving context outlives its private key: it must be disposed of too', () => {
    const { publicKey, privateKey } = pairOf(suite);
    const sender = setupSender(encapsulated(suite, publicKey), info);
    const receiver = setupReceiver({ suite, privateKey, enc: sender.enc, info });
    privateKey.dispose();
    expect(receiver.open({ aad, ...sender.seal({ aad, plaintext }) })).toEqual(plaintext);
    expect(() => setupReceiver({ suite, privateKey, enc: sender.enc, info })).toThrow(sealError('disposed'));
  });

  it('encapsulations and contexts print as [secret] only', () => {
    const { publicKey, privateKey } = pairOf(suite);
    const sender = setupSender(encapsulated(suite, publicKey), info);
    const receiver = setupReceiver({ suite, privateKey, enc: sender.enc, info });
    for (const secret of [encapsulated(suite, publicKey), sender, receiver]) {
      expect(String(secret)).toBe('[secret]');
      expect(JSON.stringify({ secret })).toBe('{"secret":"[secret]"}');
      expect(inspect({ secret }, { showHidden: true, depth: 9 })).toBe('{ secret: [secret] }');
    }
  });
});
