import { describe, expect, it } from 'vitest';
import { encodeBase64, parseIdentityKey, sha256Hex } from '../src/index.ts';

const KEY = encodeBase64(new Uint8Array(32).fill(7));

describe('an identity key', () => {
  it('is kept as it is written', () => {
    expect(parseIdentityKey(KEY)).toBe(KEY);
  });

  it.each([
    ['nothing', ''],
    ['31 bytes', encodeBase64(new Uint8Array(31))],
    ['33 bytes', encodeBase64(new Uint8Array(33))],
    ['no padding', KEY.replace('=', '')],
    ['a line feed at the end', `${KEY}\n`],
    ['the URL alphabet', KEY.replace('B', '_')],
  ])('of %s is refused', (_what, text) => {
    expect(() => parseIdentityKey(text)).toThrow();
  });
});

describe('the text of a SHA-256 digest', () => {
  it('is 64 lower-case hex digits', () => {
    expect(sha256Hex(new Uint8Array(32).fill(0xab))).toBe('ab'.repeat(32));
  });

  it.each([0, 31, 33])('of %i bytes is refused', (length) => {
    expect(() => sha256Hex(new Uint8Array(length))).toThrow(RangeError);
  });
});
