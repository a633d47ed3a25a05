import { fromHex, toHex, utf8 } from '@mesh/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { platformAead } from '../src/index.ts';

const key = Uint8Array.from({ length: 32 }, (_, at) => 0x80 + at);
const nonce = fromHex('070000004041424344454647');
const aad = fromHex('50515253c0c1c2c3c4c5c6c7');

describe('platformAead', () => {
  it('gives the ciphertext and tag of RFC 8439, section 2.8.2, and opens them', () => {
    const text =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
    const sealed = platformAead.seal(key, nonce, aad, utf8(text));
    expect(toHex(sealed.subarray(0, 16))).toBe('d31a8d34648e60db7b86afbc53ef7ec2');
    expect(toHex(sealed.subarray(-16))).toBe('1ae10b594f09e26a7e902ecbd0600691');
    expect(new TextDecoder().decode(platformAead.open(key, nonce, aad, sealed))).toBe(text);
  });

  it('opens everything that it seals', () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(bytes, bytes, (plaintext, otherAad) => {
        const sealed = platformAead.seal(key, nonce, otherAad, plaintext);
        expect(sealed).toHaveLength(plaintext.length + 16);
        expect(platformAead.open(key, nonce, otherAad, sealed)).toEqual(plaintext);
      }),
    );
  });

  it('does not open what was changed, cut short or sealed in another way', () => {
    const sealed = platformAead.seal(key, nonce, aad, utf8('keys'));
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => platformAead.open(key, nonce, aad, changed)).toThrow();
    }
    expect(() => platformAead.open(key, nonce, aad, sealed.subarray(1))).toThrow();
    expect(() => platformAead.open(key, nonce, aad, sealed.subarray(0, 3))).toThrow();
    expect(() => platformAead.open(key, nonce, nonce, sealed)).toThrow();
    expect(() => platformAead.open(key, fromHex('00'.repeat(12)), aad, sealed)).toThrow();
    expect(() => platformAead.open(nonce, nonce, aad, sealed)).toThrow();
  });
});
