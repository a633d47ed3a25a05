import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, HmacSha256, toHex } from '../src/index.ts';

const tagOf = (key: Uint8Array, message: Uint8Array): Uint8Array => {
  const tag = new Uint8Array(32);
  new HmacSha256(key).tagInto(message, tag);
  return tag;
};

describe('HmacSha256', () => {
  it.each([
    [
      '1',
      '0b'.repeat(20),
      '4869205468657265',
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    ],
    [
      '2',
      '4a656665',
      '7768617420646f2079612077616e7420666f72206e6f7468696e673f',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      '3',
      'aa'.repeat(20),
      'dd'.repeat(50),
      '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
    ],
  ])('gives the tag of RFC 4231, test case %s', (_name, key, message, tag) => {
    expect(toHex(tagOf(fromHex(key), fromHex(message)))).toBe(tag);
  });

  it('agrees with node:crypto for any key and any messages', () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(bytes, fc.array(bytes, { minLength: 1, maxLength: 4 }), (key, messages) => {
        const keyed = new HmacSha256(key);
        for (const message of messages) {
          const into = new Uint8Array(40).fill(9);
          keyed.tagInto(message, into);
          expect(toHex(into.subarray(0, 32))).toBe(createHmac('sha256', key).update(message).digest('hex'));
          expect(into.subarray(32)).toEqual(new Uint8Array(8).fill(9));
        }
      }),
    );
  });

  it('leaves key and message as they were', () => {
    const [key, message] = [new Uint8Array(32).fill(1), new Uint8Array(100).fill(2)];
    tagOf(key, message);
    expect([key, message]).toEqual([new Uint8Array(32).fill(1), new Uint8Array(100).fill(2)]);
  });

  it('cannot be used after it is destroyed', () => {
    const keyed = new HmacSha256(new Uint8Array(32).fill(1));
    keyed.tagInto(new Uint8Array(3), new Uint8Array(32));
    keyed.destroy();
    keyed.destroy();
    expect(() => keyed.tagInto(new Uint8Array(3), new Uint8Array(32))).toThrow();
  });
});
