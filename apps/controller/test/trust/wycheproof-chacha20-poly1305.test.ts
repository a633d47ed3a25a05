// Every class of cases that Project Wycheproof has for ChaCha20-Poly1305 (the flags of its
// chacha20_poly1305_test.json), with cases of our own: on both implementations that keys are sealed with, and
// on sealed keys themselves.

import { platformAead } from '@mesh/host';
import { concatBytes } from '@mesh/primitives';
import { generateKemKeyPair, openSealed, portableAead, sealTo } from '@mesh/seal';
import { describe, expect, it } from 'vitest';
import {
  blockWithAccumulator,
  ciphertextWithTag,
  type OneTimeKey,
  oneTimeKey,
  plaintextFor,
  sealByHand,
} from '../support/poly1305-by-hand.ts';
import { integerOf } from '../support/whole-numbers.ts';

const AEADS = [portableAead, platformAead];
const bytes = (length: number, factor = 7) =>
  Uint8Array.from({ length }, (_, at) => (factor * at + length) & 0xff);
const key = bytes(32, 13);
const aad = bytes(11);
const none = new Uint8Array(0);

const nonceOf = (number: number): Uint8Array => {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(4, number);
  return nonce;
};

/** Both seal as the arithmetic by hand does, and open what it sealed. */
function agree(nonce: Uint8Array, associated: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const expected = sealByHand(key, nonce, associated, plaintext);
  for (const aead of AEADS) {
    expect(aead.seal(key, nonce, associated, plaintext)).toEqual(expected);
    expect(aead.open(key, nonce, associated, expected)).toEqual(plaintext);
  }
  return expected;
}

function refused(nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): void {
  for (const aead of AEADS) expect(() => aead.open(key, nonce, associated, sealed)).toThrow();
}

/** The first nonces with which something can be made. */
function made<T>(
  count: number,
  make: (oneTime: OneTimeKey) => T | undefined,
): { nonce: Uint8Array; made: T }[] {
  const found: { nonce: Uint8Array; made: T }[] = [];
  for (let number = 0; found.length < count && number < 20_000; number++) {
    const nonce = nonceOf(number);
    const one = make(oneTimeKey(key, nonce));
    if (one !== undefined) found.push({ nonce, made: one });
  }
  expect(found.length).toBe(count);
  return found;
}

describe('Ktv and Pseudorandom', () => {
  it.each([0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 500])('%i bytes', (length) => {
    for (const associated of [none, aad, bytes(16), bytes(33)])
      agree(nonceOf(length), associated, bytes(length));
  });
});

describe('EdgeCaseCiphertext', () => {
  const patterns = [0x00, 0xff, 0x80, 0x7f, 0x01, 0x55, 0xaa];
  it.each(patterns)('ciphertexts of the byte %i alone', (byte) => {
    for (const length of [16, 17, 32, 64, 65, 128]) {
      const ciphertext = new Uint8Array(length).fill(byte);
      const nonce = nonceOf(length);
      const sealed = agree(nonce, none, plaintextFor(key, nonce, ciphertext));
      expect(sealed.subarray(0, length)).toEqual(ciphertext);
    }
  });
});

describe('EdgeCaseTag', () => {
  const tags = [0n, 1n, 2n ** 128n - 1n, 2n ** 127n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 128n - 2n ** 32n];
  it.each(tags)('a tag of %s', (tag) => {
    const [{ nonce, made: ciphertext }] = made(1, (oneTime) => ciphertextWithTag(oneTime, tag)) as [
      { nonce: Uint8Array; made: Uint8Array },
    ];
    const sealed = agree(nonce, none, plaintextFor(key, nonce, ciphertext));
    expect(integerOf(sealed.subarray(16))).toBe(tag);
  });
});

describe('EdgeCasePoly1305', () => {
  const P = 2n ** 130n - 5n;
  const values = [
    0n,
    1n,
    4n,
    5n,
    2n ** 128n,
    2n ** 128n - 1n,
    2n ** 129n,
    P - 1n,
    P - 2n,
    2n ** 130n - 6n,
    2n ** 104n,
  ];
  it.each(values.slice(1))('an accumulator of %s after the first block', (value) => {
    for (const { nonce, made: first } of made(2, (oneTime) => blockWithAccumulator(oneTime, value % P)))
      for (const rest of [0, 1, 16, 40])
        agree(nonce, none, plaintextFor(key, nonce, concatBytes(first, new Uint8Array(rest).fill(0xff))));
  });
});

describe('EdgeCasePolyKey', () => {
  const limbs: readonly (readonly [string, (oneTime: OneTimeKey) => boolean])[] = [
    ['the lowest bits of r are 0', ({ r }) => (r & 0xfffn) === 0n],
    ['the top bits of r are 0', ({ r }) => r >> 114n === 0n],
    ['a middle limb of r is 0', ({ r }) => ((r >> 60n) & 0x3fffn) === 0n],
    ['the top bits of r are all set', ({ r }) => r >> 114n === 0x3ffn],
    ['s is near its end', ({ s }) => s >> 118n === 0x3ffn],
    ['s is near 0', ({ s }) => s >> 118n === 0n],
  ];
  it.each(limbs)('%s', (_name, isSo) => {
    for (const { nonce } of made(2, (oneTime) => (isSo(oneTime) ? true : undefined)))
      for (const length of [0, 16, 31, 64]) {
        agree(nonce, aad, bytes(length));
        agree(nonce, none, new Uint8Array(length).fill(0xff));
      }
  });
});

describe('ModifiedTag', () => {
  const nonce = nonceOf(1);
  const sealed = agree(nonce, aad, bytes(20));
  const withTag = (change: (tag: Uint8Array) => Uint8Array) =>
    concatBytes(sealed.subarray(0, -16), change(sealed.slice(-16)));

  it('no single bit may differ', () => {
    for (let bit = 0; bit < 128; bit++)
      refused(
        nonce,
        aad,
        withTag((tag) => tag.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))),
      );
  });

  it.each<[string, (tag: Uint8Array) => Uint8Array]>([
    ['of zeros', (tag) => tag.fill(0)],
    ['of ones', (tag) => tag.fill(0xff)],
    ['complemented', (tag) => tag.map((byte) => byte ^ 0xff)],
    ['plus 1', (tag) => tag.map((byte, at) => (at === 0 ? byte + 1 : byte))],
    ['with each top bit changed', (tag) => tag.map((byte) => byte ^ 0x80)],
    ['backwards', (tag) => tag.reverse()],
    ['cut to 15 bytes', (tag) => tag.subarray(0, 15)],
    ['cut to 8 bytes', (tag) => tag.subarray(0, 8)],
    ['left out', () => none],
    ['with a byte behind it', (tag) => concatBytes(tag, Uint8Array.of(0))],
  ])('a tag %s is refused', (_name, change) => {
    refused(nonce, aad, withTag(change));
  });

  it('nor is another ciphertext, associated data, nonce or key accepted', () => {
    refused(
      nonce,
      aad,
      sealed.map((byte, at) => (at === 0 ? byte ^ 1 : byte)),
    );
    refused(nonce, concatBytes(aad, Uint8Array.of(0)), sealed);
    refused(nonceOf(2), aad, sealed);
    for (const aead of AEADS) expect(() => aead.open(bytes(32, 17), nonce, aad, sealed)).toThrow();
  });

  it('sealed keys with one bit of their tag changed do not open', () => {
    const suite = 'mesh/seal/v1/x25519';
    const { publicKey, privateKey } = generateKemKeyPair(suite, bytes(32));
    const sealedKeys = sealTo({
      ...{ suite, publicKey, info: aad, aad, plaintext: bytes(40) },
      randomness: bytes(32, 5),
    });
    const open = (changed: Uint8Array) => openSealed({ suite, privateKey, info: aad, aad, sealed: changed });
    expect(open(sealedKeys)).toEqual(bytes(40));
    for (let bit = 0; bit < 128; bit++) {
      const changed = sealedKeys.slice();
      const at = changed.length - 16 + (bit >> 3);
      changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7));
      expect(() => open(changed)).toThrow(expect.objectContaining({ code: 'cannot_open' }));
    }
  });
});

describe('InvalidNonceSize', () => {
  it.each([0, 1, 8, 11, 13, 14, 16, 24, 32])('a nonce of %i bytes is refused', (length) => {
    const sealed = portableAead.seal(key, nonceOf(1), aad, bytes(8));
    for (const aead of AEADS) {
      expect(() => aead.seal(key, bytes(length), aad, bytes(8))).toThrow();
      expect(() => aead.open(key, bytes(length), aad, sealed)).toThrow();
    }
  });
});
