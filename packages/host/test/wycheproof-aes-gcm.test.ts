// Every class of cases that Project Wycheproof has for AES-GCM (the flags of its aes_gcm_test.json), with
// cases of our own, on the one thing here that uses it: envelopes.

import { createCipheriv, createSecretKey } from 'node:crypto';
import { concatBytes, lengthPrefixed, utf8 } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { openUnder, sealUnder } from '../src/envelope.ts';
import { errorOf } from './support/error-of.ts';
import { GcmByHand } from './support/gcm-by-hand.ts';

const rawKey = Uint8Array.from({ length: 32 }, (_, at) => (5 * at + 1) & 0xff);
const key = createSecretKey(rawKey);
const byHand = new GcmByHand(rawKey);
const salt = new Uint8Array(16).fill(3);
const context = { purpose: 'class', aad: 'row-1' };
const aad = concatBytes(utf8('mesh/envelope/v1'), lengthPrefixed('class'), utf8('row-1'));
const VERSION = Uint8Array.of(1);

const bytes = (length: number, factor = 3) =>
  Uint8Array.from({ length }, (_, at) => (factor * at + length) & 0xff);
const envelopeOf = (nonce: Uint8Array, sealed: Uint8Array) => concatBytes(VERSION, salt, nonce, sealed);
const refusal = (envelope: Uint8Array) => errorOf(() => openUnder(key, context, envelope)).code;

function platform(iv: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', rawKey, iv, { authTagLength: 16 });
  cipher.setAAD(aad);
  return concatBytes(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
}

describe('Ktv and Pseudorandom', () => {
  it.each([0, 1, 8, 15, 16, 17, 31, 32, 33, 64, 127, 255])('%i bytes', (length) => {
    const [nonce, plaintext] = [bytes(12, length + 1), bytes(length)];
    const expected = envelopeOf(nonce, byHand.seal(nonce, aad, plaintext));
    expect(sealUnder(key, salt, nonce, context, plaintext)).toEqual(expected);
    expect(openUnder(key, context, expected)).toEqual(plaintext);
  });
});

describe('ModifiedTag', () => {
  const sealed = sealUnder(key, salt, bytes(12), context, bytes(20));
  const withTag = (change: (tag: Uint8Array) => Uint8Array) =>
    concatBytes(sealed.subarray(0, -16), change(sealed.slice(-16)));

  it('no single bit may differ', () => {
    for (let bit = 0; bit < 128; bit++) {
      const changed = withTag((tag) => {
        tag[bit >> 3] = (tag[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return tag;
      });
      expect(refusal(changed)).toBe('envelope_invalid');
    }
  });

  it.each<[string, (tag: Uint8Array) => Uint8Array]>([
    ['of zeros', (tag) => tag.fill(0)],
    ['of ones', (tag) => tag.fill(0xff)],
    ['complemented', (tag) => tag.map((byte) => byte ^ 0xff)],
    ['with each top bit changed', (tag) => tag.map((byte) => byte ^ 0x80)],
    ['with each lowest bit changed', (tag) => tag.map((byte) => byte ^ 1)],
    ['backwards', (tag) => tag.reverse()],
    ['with its halves changed over', (tag) => concatBytes(tag.subarray(8), tag.subarray(0, 8))],
    ['cut to 15 bytes', (tag) => tag.subarray(0, 15)],
    ['cut to 12 bytes', (tag) => tag.subarray(0, 12)],
    ['cut to 4 bytes', (tag) => tag.subarray(0, 4)],
    ['left out', () => new Uint8Array(0)],
    ['with a byte behind it', (tag) => concatBytes(tag, Uint8Array.of(0))],
  ])('a tag %s is refused', (_name, change) => {
    expect(refusal(withTag(change))).toBe('envelope_invalid');
  });
});

describe('SpecialCase', () => {
  const patterns = [0x00, 0xff, 0x80, 0x01, 0x7f].map((byte) => new Uint8Array(16).fill(byte));
  const nonces = [0x00, 0xff, 0x80].map((byte) => new Uint8Array(12).fill(byte));

  it.each(nonces.flatMap((nonce) => patterns.map((tag) => ({ nonce, tag }))))(
    'a ciphertext whose tag is $tag opens as itself, and with no other tag',
    ({ nonce, tag }) => {
      const ciphertext = byHand.ciphertextFor(tag, nonce, aad);
      const opened = openUnder(key, context, envelopeOf(nonce, concatBytes(ciphertext, tag)));
      expect(sealUnder(key, salt, nonce, context, opened).slice(-32)).toEqual(concatBytes(ciphertext, tag));
      for (const other of patterns.filter((one) => one !== tag))
        expect(refusal(envelopeOf(nonce, concatBytes(ciphertext, other)))).toBe('envelope_invalid');
    },
  );
});

describe('SmallIv, LongIv and CounterWrap', () => {
  // An envelope has 12 bytes for the nonce and no word about its length. What was sealed under another IV
  // does not open, whichever twelve bytes are put there.
  it.each([1, 4, 8, 11, 13, 16, 32, 128])('an IV of %i bytes cannot be said in an envelope', (length) => {
    const iv = bytes(length, 9);
    const sealed = platform(iv, bytes(40));
    expect(sealed).toEqual(byHand.seal(iv, aad, bytes(40)));
    const padded = new Uint8Array(12);
    padded.set(iv.subarray(0, 12));
    expect(refusal(envelopeOf(padded, sealed))).toBe('envelope_invalid');
    expect(refusal(envelopeOf(iv, sealed))).toBe('envelope_invalid');
  });

  it.each([0, 1, 2])('the counter wraps after %i blocks of an IV of 16 bytes', (before) => {
    const counter = (0x1234n << 112n) | (0xffff_ffffn - BigInt(before));
    const iv = byHand.ivFor(counter);
    expect(byHand.firstCounter(iv)).toBe(counter);
    const sealed = platform(iv, bytes(80));
    expect(sealed).toEqual(byHand.seal(iv, aad, bytes(80)));
    expect(refusal(envelopeOf(iv.subarray(0, 12), sealed))).toBe('envelope_invalid');
  });

  it('with a nonce of 12 bytes the counter starts at 1', () => {
    for (const byte of [0, 0xff])
      expect(byHand.firstCounter(new Uint8Array(12).fill(byte)) & 0xffff_ffffn).toBe(1n);
  });
});

describe('ZeroLengthIv', () => {
  it('nothing is sealed without a nonce, and an envelope without one is cut short', () => {
    expect(() => sealUnder(key, salt, new Uint8Array(0), context, bytes(4))).toThrow();
    expect(refusal(concatBytes(VERSION, salt, new Uint8Array(16)))).toBe('envelope_invalid');
  });
});
