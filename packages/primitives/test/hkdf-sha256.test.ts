import { hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fromHex,
  HmacSha256,
  hkdfExpand32,
  hkdfExpandInto,
  hkdfExtract,
  type KeyHmac,
  toHex,
} from '../src/index.ts';

describe('HKDF with SHA-256', () => {
  it('gives the keys of RFC 5869, test case 1', () => {
    const prk = hkdfExtract(fromHex('000102030405060708090a0b0c'), fromHex('0b'.repeat(22)));
    expect(toHex(prk)).toBe('077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5');
    expect(toHex(hkdfExpand32(prk, fromHex('f0f1f2f3f4f5f6f7f8f9')))).toBe(
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf',
    );
  });

  it('gives the keys of RFC 5869, test case 3, without salt or info', () => {
    const prk = hkdfExtract(new Uint8Array(0), fromHex('0b'.repeat(22)));
    expect(toHex(prk)).toBe('19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04');
    expect(toHex(hkdfExpand32(prk, new Uint8Array(0)))).toBe(
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d',
    );
  });

  it('agrees with node:crypto for any input, from the bytes of the key and from HMAC under it', () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(bytes, bytes, bytes, (salt, ikm, info) => {
        const okm = toHex(new Uint8Array(hkdfSync('sha256', ikm, salt, info, 32)));
        const prk = hkdfExtract(salt, ikm);
        const keyed = new HmacSha256(prk);
        expect(toHex(hkdfExpand32(prk, info))).toBe(okm);
        // HMAC under the key is only borrowed, so it can be used again.
        expect(toHex(hkdfExpand32(keyed, info))).toBe(okm);
        const message = Uint8Array.from([...info, 0xff]);
        const into = new Uint8Array(32);
        hkdfExpandInto(keyed, message, into);
        expect(toHex(into)).toBe(okm);
      }),
    );
  });

  it('destroys the state under the salt, even when the hash fails', () => {
    const calls: string[] = [];
    const recording =
      (fails: boolean): KeyHmac =>
      (key) => {
        const inner = new HmacSha256(key);
        return {
          tagInto: (message, into) => {
            if (fails) throw new Error('the hash fails here');
            inner.tagInto(message, into);
          },
          destroy: () => {
            calls.push('destroyed');
            inner.destroy();
          },
        };
      };
    const [salt, ikm] = [Uint8Array.of(1), Uint8Array.of(2)];
    expect(hkdfExtract(salt, ikm, recording(false))).toEqual(hkdfExtract(salt, ikm));
    expect(() => hkdfExtract(salt, ikm, recording(true))).toThrow('the hash fails here');
    expect(calls).toEqual(['destroyed', 'destroyed']);
  });
});
