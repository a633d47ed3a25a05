import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url, utf8 } from '../src/index.ts';

const anyBytes = fc.uint8Array({ maxLength: 70 });

describe('RFC 4648 section 10', () => {
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('%j is %j', (plain, encoded) => {
    expect(encodeBase64(utf8(plain))).toBe(encoded);
    expect(decodeBase64(encoded)).toEqual(utf8(plain));
    expect(encodeBase64Url(utf8(plain))).toBe(encoded.replaceAll('=', ''));
    expect(decodeBase64Url(encoded.replaceAll('=', ''))).toEqual(utf8(plain));
  });
});

describe('properties', () => {
  it('encoding equals Buffer’s, and decoding is its inverse', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
        expect(encodeBase64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
        expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
        expect(decodeBase64Url(encodeBase64Url(bytes))).toEqual(bytes);
      }),
    );
  });

  it.each([
    ['padded', decodeBase64, encodeBase64],
    ['url', decodeBase64Url, encodeBase64Url],
  ] as const)('%s: what is accepted has no other spelling', (_name, decode, encode) => {
    const text = fc.string({ unit: fc.constantFrom(...'AQgwBZ/+-_=\n \u0100'), maxLength: 8 });
    fc.assert(
      fc.property(text, (candidate) => {
        let bytes: Uint8Array;
        try {
          bytes = decode(candidate);
        } catch {
          return;
        }
        expect(encode(bytes)).toBe(candidate);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('refusals', () => {
  it.each([
    'Zg', // no padding
    'Zg=', // half of it
    'Zg===', // too much
    'Zh==', // bits behind the last byte
    'Zm9=', // likewise
    '====',
    '=',
    'Z===',
    'Zm=v',
    'Zg==Zg==',
    'Zm9v\n',
    ' Zm9v',
    'Zm 9v===',
    'Zm9-', // the url alphabet
    'Zm9_',
    'Zm9\u0176', // its low byte is 'v'
    'Zm9é',
    '\u0000AAA',
  ])('padded base64 %j', (text) => {
    expect(() => decodeBase64(text)).toThrow(expect.objectContaining({ code: 'invalid_base64' }));
  });

  it.each(['Zg==', 'Zm8=', 'Z', 'Zm9vY', 'Zh', 'Zm9', 'Zm9+', 'Zm9/', 'Zm9v\n', ' Zg', 'Zm9\u0176'])(
    'base64url %j',
    (text) => {
      expect(() => decodeBase64Url(text)).toThrow(expect.objectContaining({ code: 'invalid_base64' }));
    },
  );

  it.each([[undefined], [null], [7], [{}]])('%s, which is not text', (value) => {
    expect(() => decodeBase64(value as unknown as string)).toThrow(
      expect.objectContaining({ code: 'invalid_base64' }),
    );
    expect(() => decodeBase64Url(value as unknown as string)).toThrow();
  });

  it.each([31, 33])('a key of %i bytes if 32 are required', (length) => {
    const text = encodeBase64(new Uint8Array(length));
    expect(() => decodeBase64(text, { lengthBytes: 32 })).toThrow(
      expect.objectContaining({ code: 'wrong_length' }),
    );
  });

  it('the message does not repeat the text, which may be a key in the wrong field', () => {
    expect(() => decodeBase64('c2VjcmV0IQ')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('c2Vj') }),
    );
  });
});
