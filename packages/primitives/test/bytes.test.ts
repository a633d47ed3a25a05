import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareBytes,
  compareIds,
  concatBytes,
  copyBytes,
  equalBytes,
  fromHex,
  lengthPrefixed,
  toHex,
  uint16be,
  uint64be,
  utf8,
  wipe,
} from '../src/index.ts';

const anyBytes = fc.uint8Array({ maxLength: 40 });
const wellFormed = fc.string({ unit: 'grapheme', maxLength: 12 });

describe('integers', () => {
  it.each([
    [0, '0000'],
    [1, '0001'],
    [256, '0100'],
    [65535, 'ffff'],
  ])('uint16be(%d) = %s', (n, hex) => {
    expect(toHex(uint16be(n))).toBe(hex);
  });

  it.each([
    [0, '0000000000000000'],
    [1, '0000000000000001'],
    [2 ** 32 - 1, '00000000ffffffff'],
    [2 ** 32, '0000000100000000'],
    [Number.MAX_SAFE_INTEGER, '001fffffffffffff'],
  ])('uint64be(%d) = %s', (n, hex) => {
    expect(toHex(uint64be(n))).toBe(hex);
  });

  it('uint64be equals what Buffer writes', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (n) => {
        const expected = Buffer.alloc(8);
        expected.writeBigUInt64BE(BigInt(n));
        expect(toHex(uint64be(n))).toBe(expected.toString('hex'));
      }),
    );
  });

  it.each([-1, 65536, 1.5, Number.NaN])('uint16be(%d) is refused', (n) => {
    expect(() => uint16be(n)).toThrow(expect.objectContaining({ code: 'out_of_range' }));
  });

  it.each([-1, 2 ** 53, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('uint64be(%d) is refused', (n) => {
    expect(() => uint64be(n)).toThrow(expect.objectContaining({ code: 'out_of_range' }));
  });
});

describe('lengthPrefixed', () => {
  it.each([
    ['', '0000'],
    ['pair', '000470616972'],
    ['é', '0002c3a9'],
  ])('%j gives %s', (text, hex) => {
    expect(toHex(lengthPrefixed(text))).toBe(hex);
    expect(toHex(lengthPrefixed(utf8(text)))).toBe(hex);
  });

  it('different lists of fields never give the same bytes', () => {
    const fields = fc.array(fc.uint8Array({ maxLength: 3, max: 3 }), { maxLength: 4 });
    fc.assert(
      fc.property(fields, fields, (a, b) => {
        const same =
          toHex(concatBytes(...a.map(lengthPrefixed))) === toHex(concatBytes(...b.map(lengthPrefixed)));
        expect(same).toBe(JSON.stringify(a.map(toHex)) === JSON.stringify(b.map(toHex)));
      }),
      { numRuns: 1000 },
    );
  });

  it('65535 bytes fit and 65536 do not', () => {
    expect(lengthPrefixed(new Uint8Array(65_535))).toHaveLength(65_537);
    expect(() => lengthPrefixed(new Uint8Array(65_536))).toThrow(
      expect.objectContaining({ code: 'out_of_range' }),
    );
  });
});

describe('utf8', () => {
  it('equals Buffer for well-formed text', () => {
    fc.assert(
      fc.property(
        wellFormed,
        (text) => void expect(toHex(utf8(text))).toBe(Buffer.from(text).toString('hex')),
      ),
    );
  });

  it.each(['\ud800', 'a\udc00', '\udc00\ud800', '\ud83d\ud83d\ude00'])(
    '%j, a lone surrogate, is refused',
    (text) => {
      expect(() => utf8(text)).toThrow(expect.objectContaining({ code: 'lone_surrogate' }));
    },
  );
});

describe('order', () => {
  it('compareBytes equals Buffer.compare', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (a, b) => void expect(compareBytes(a, b)).toBe(Buffer.compare(a, b))),
    );
  });

  it('a prefix comes first', () => {
    expect(compareBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(-1);
    expect(compareIds('node-1', 'node-10')).toBe(-1);
    expect(compareIds('node-10', 'node-9')).toBe(-1);
  });

  it('compareIds equals the order of the UTF-8 bytes for any text', () => {
    // Few characters, from both sides of the surrogates: there UTF-16 and UTF-8 disagree.
    const text = fc.string({
      unit: fc.constantFrom('a', 'é', '\ud7ff', '\ue000', '\ufb33', '😀', '\u{10ffff}'),
      maxLength: 4,
    });
    fc.assert(
      fc.property(
        text,
        text,
        (a, b) => void expect(compareIds(a, b)).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b))),
      ),
      { numRuns: 1000 },
    );
    expect(compareIds('\ufb33', '😀')).toBe(-1);
    expect('\ufb33' < '😀').toBe(false);
  });
});

describe('equalBytes, copyBytes, wipe, concatBytes', () => {
  it('equalBytes is equality of content and length', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (a, b) => {
        expect(equalBytes(a, b)).toBe(toHex(a) === toHex(b));
        expect(equalBytes(a, copyBytes(a))).toBe(true);
      }),
    );
    expect(equalBytes(Uint8Array.of(0), Uint8Array.of(0, 0))).toBe(false);
  });

  it('copyBytes of a Buffer shares nothing with it, unlike slice', () => {
    const buffer = Buffer.from([1, 2, 3]);
    const copy = copyBytes(buffer);
    const view = buffer.slice();
    buffer[0] = 9;
    expect(copy).toEqual(Uint8Array.of(1, 2, 3));
    expect(view[0]).toBe(9);
  });

  it('wipe zeroes in place', () => {
    const bytes = Uint8Array.from(randomBytes(64));
    wipe(bytes);
    expect(bytes).toEqual(new Uint8Array(64));
  });

  it('concatBytes equals Buffer.concat and copies', () => {
    fc.assert(
      fc.property(
        fc.array(anyBytes),
        (parts) => void expect(toHex(concatBytes(...parts))).toBe(Buffer.concat(parts).toString('hex')),
      ),
    );
    const part = Uint8Array.of(1);
    expect(concatBytes(part).buffer).not.toBe(part.buffer);
  });
});

describe('hex', () => {
  it('toHex equals Buffer’s, and fromHex is its inverse in either case', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const text = toHex(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('hex'));
        expect(fromHex(text)).toEqual(bytes);
        expect(fromHex(text.toUpperCase())).toEqual(bytes);
      }),
    );
  });

  it.each(['0', 'abc', '0x00', 'zz', '00 ', ' 00', '0 0', '-1', '1e1', '٠٠', '00\n'])(
    '%j is refused',
    (text) => {
      expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: 'invalid_hex' }));
    },
  );
});
