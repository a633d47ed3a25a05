// Every class of cases that Project Wycheproof has for HKDF-SHA-256 (the flags of its hkdf_sha256_test.json),
// with cases of our own. The oracle is RFC 5869 written out over node:crypto's HMAC.

import { createHmac, hash, hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { concatBytes, HmacSha256, hkdfExpand32, hkdfExpandInto, hkdfExtract, toHex } from '../src/index.ts';

const bytes = (length: number, factor = 7): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (factor * at + length) & 0xff);

const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Uint8Array =>
  new Uint8Array(
    createHmac('sha256', key)
      .update(concatBytes(...parts))
      .digest(),
  );

/** RFC 5869, sections 2.2 and 2.3, for as many blocks as are asked for. */
function oracle(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): string {
  const prk = hmac(salt, ikm);
  let block = new Uint8Array(0);
  let okm = new Uint8Array(0);
  for (let counter = 1; okm.length < length; counter++) {
    block = hmac(prk, block, info, Uint8Array.of(counter)) as Uint8Array<ArrayBuffer>;
    okm = concatBytes(okm, block) as Uint8Array<ArrayBuffer>;
  }
  return toHex(okm.subarray(0, length));
}

const ours = (ikm: Uint8Array, salt: Uint8Array, info: Uint8Array): string =>
  toHex(hkdfExpand32(hkdfExtract(salt, ikm), info));

const platform = (ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length = 32): string =>
  toHex(new Uint8Array(hkdfSync('sha256', ikm, salt, info, length)));

const LENGTHS = [1, 16, 31, 32, 33, 63, 64, 65, 127, 128, 200];

describe('Normal', () => {
  it.each(LENGTHS)('keys, salts and infos around %i bytes', (length) => {
    for (const [ikm, salt, info] of [
      [length, 32, 20],
      [32, length, 20],
      [32, 32, length],
    ] as const) {
      const expected = oracle(bytes(ikm), bytes(salt, 11), bytes(info, 13), 32);
      expect(ours(bytes(ikm), bytes(salt, 11), bytes(info, 13))).toBe(expected);
      expect(platform(bytes(ikm), bytes(salt, 11), bytes(info, 13))).toBe(expected);
    }
  });
});

describe('EmptySalt', () => {
  it.each(LENGTHS)('an empty salt counts as 32 zeros: %i bytes of key', (length) => {
    const none = new Uint8Array(0);
    const expected = oracle(bytes(length), new Uint8Array(32), bytes(5), 32);
    expect(ours(bytes(length), none, bytes(5))).toBe(expected);
    expect(platform(bytes(length), none, bytes(5))).toBe(expected);
  });
});

describe('OutputCollision', () => {
  // A property of HMAC. So no salt here may be of a length that somebody else chooses: the labels are
  // constants, and the salt of an envelope has 16 bytes.
  it('a salt and the same salt with zeros behind it give one key', () => {
    expect(ours(bytes(32), bytes(20), bytes(3))).toBe(
      ours(bytes(32), concatBytes(bytes(20), new Uint8Array(44)), bytes(3)),
    );
  });

  it('a salt longer than a block gives the key of its hash', () => {
    const hashed = sha256Of(bytes(65));
    expect(ours(bytes(32), bytes(65), bytes(3))).toBe(ours(bytes(32), hashed, bytes(3)));
  });

  it('the info has no such collision', () => {
    expect(ours(bytes(32), bytes(20), bytes(3))).not.toBe(
      ours(bytes(32), bytes(20), concatBytes(bytes(3), Uint8Array.of(0))),
    );
  });
});

describe('MaximalOutputSize and SizeTooLarge', () => {
  it('ours gives 32 bytes, whatever it writes into, and nothing behind them', () => {
    const prk = new HmacSha256(hkdfExtract(bytes(8), bytes(32)));
    const into = new Uint8Array(255 * 32 + 1).fill(0xee);
    hkdfExpandInto(prk, concatBytes(bytes(9), Uint8Array.of(0)), into);
    expect(toHex(into.subarray(0, 32))).toBe(oracle(bytes(32), bytes(8), bytes(9), 32));
    expect(into.subarray(32).every((byte) => byte === 0xee)).toBe(true);
  });

  it('ours refuses to write 31 bytes', () => {
    const prk = new HmacSha256(hkdfExtract(bytes(8), bytes(32)));
    expect(() => hkdfExpandInto(prk, bytes(10), new Uint8Array(31))).toThrow();
  });

  it("the platform's gives 255 blocks, and refuses one byte more", () => {
    const length = 255 * 32;
    expect(platform(bytes(32), bytes(8), bytes(9), length)).toBe(
      oracle(bytes(32), bytes(8), bytes(9), length),
    );
    expect(() => platform(bytes(32), bytes(8), bytes(9), length + 1)).toThrow();
  });
});

function sha256Of(message: Uint8Array): Uint8Array {
  return new Uint8Array(hash('sha256', message, 'buffer'));
}
