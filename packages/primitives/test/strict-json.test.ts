import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, parseStrictJson } from '../src/index.ts';

/** Whether it has no whole number beyond 2^53 - 1. */
function hasSafeIntegers(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(hasSafeIntegers);
}

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

describe('accepts', () => {
  it.each([
    ['null', null],
    ['true', true],
    ['-0.5e-3', -0.0005],
    ['"a:b{[\\"}"', 'a:b{["}'],
    [' {"a":{"a":1},"b":[{"a":1},{"a":2}]} ', { a: { a: 1 }, b: [{ a: 1 }, { a: 2 }] }],
    [
      '{"constructor":1,"toString":2,"":3,"1":4,"\\u0031\\u0032":5}',
      { constructor: 1, toString: 2, '': 3, 1: 4, 12: 5 },
    ],
    ['"\\ud83d\\ude00"', '😀'],
    ['"😀"', '😀'],
    ['"\\\\ud800"', '\\ud800'],
    ['{"a":"\\\\","b":1}', { a: '\\', b: 1 }],
  ])('%s', (text, value) => {
    expect(parseStrictJson(text)).toEqual(value);
  });

  it.each([
    ['9007199254740991', 9_007_199_254_740_991],
    ['-9007199254740991', -9_007_199_254_740_991],
    ['1e15', 1e15],
    ['0.1', 0.1],
    ['1e-400', 0],
    ['-0', -0],
  ])('the number %s', (text, value) => {
    expect(parseStrictJson(text)).toBe(value);
  });

  it('JSON without doubtful parts, with the result of JSON.parse', () => {
    const value = fc.jsonValue({ maxDepth: 5, noUnicodeString: false });
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1), (input, indent) => {
        const text = JSON.stringify(input, null, indent);
        fc.pre(!text.includes('"__proto__":') && text.length < 60_000 && hasSafeIntegers(input));
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it('everything that canonicalJson renders, except whole numbers beyond 2^53 - 1', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (input) => {
        fc.pre(!JSON.stringify(input).includes('__proto__') && hasSafeIntegers(input));
        const text = canonicalJson(input as never);
        expect(canonicalJson(parseStrictJson(text, { maxBytes: 1e6 }))).toBe(text);
      }),
    );
  });
});

describe('with unsafeIntegers: round', () => {
  it.each([
    ['9007199254740993', 2 ** 53],
    ['{"a":[-9007199254740993]}', { a: [-(2 ** 53)] }],
    ['9007199254740991.5', 2 ** 53],
    ['1e30', 1e30],
  ])('%s is the nearest double, which is refused otherwise', (text, value) => {
    expect(parseStrictJson(text, { unsafeIntegers: 'round' })).toEqual(value);
    for (const limits of [{}, { unsafeIntegers: 'refuse' } as const])
      expect(() => parseStrictJson(text, limits)).toThrow(
        expect.objectContaining({ code: 'json_unsafe_integer' }),
      );
  });

  it.each([
    ['json_non_finite', '1e400'],
    ['json_duplicate_key', '{"a":1e30,"a":1e30}'],
    ['json_forbidden_key', '{"__proto__":1e30}'],
    ['lone_surrogate', '[1e30,"\\ud800"]'],
    ['json_too_deep', nested(17)],
  ])('everything else is still refused: %s', (code, text) => {
    expect(() => parseStrictJson(text, { unsafeIntegers: 'round' })).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

describe('refuses', () => {
  it.each([
    // Duplicate keys, in every spelling.
    ['json_duplicate_key', '{"a":1,"a":2}'],
    ['json_duplicate_key', '{"a":1,"b":2,"a":1}'],
    ['json_duplicate_key', '{"a":1,"\\u0061":1}'],
    ['json_duplicate_key', '{"x":[{"y":{"a":1,"a":1}}]}'],
    ['json_duplicate_key', '{"1":1,"1":2}'],
    ['json_duplicate_key', '{"":1,"":2}'],
    ['json_duplicate_key', '{"a":":","a":"{"}'],
    ['json_duplicate_key', '{"a":{"b":1,"c":2},"a":0}'],
    ['json_forbidden_key', '{"__proto__":{"admin":true}}'],
    ['json_forbidden_key', '{"a":[{"__proto__":null}]}'],
    ['json_forbidden_key', '{"\\u005f_proto__":1}'],
    // Lone surrogates, escaped and raw, in values and keys.
    ['lone_surrogate', '"\\ud800"'],
    ['lone_surrogate', '"\\uDC00"'],
    ['lone_surrogate', '"\\ude00\\ud83d"'],
    ['lone_surrogate', '{"\\ud800":1}'],
    ['lone_surrogate', '["ok",{"a":"x\\ud83dy"}]'],
    ['lone_surrogate', '"\ud800"'],
    ['lone_surrogate', '{"\udfff":1}'],
    ['lone_surrogate', '"\\ude00\ud83d"'],
    ['json_non_finite', '1e400'],
    ['json_non_finite', '[-1e400]'],
    ['json_non_finite', `{"a":1${'0'.repeat(400)}}`],
    // Whole numbers that a double rounds, in any spelling.
    ['json_unsafe_integer', '9007199254740992'],
    ['json_unsafe_integer', '9007199254740993'],
    ['json_unsafe_integer', '[-9007199254740993]'],
    ['json_unsafe_integer', '{"a":12345678901234567890.0}'],
    ['json_unsafe_integer', '9007199254740991.5'],
    ['json_unsafe_integer', '9007199254740993e0'],
    ['json_unsafe_integer', '1e30'],
    // What is not JSON at all.
    ['json_syntax', ''],
    ['json_syntax', '{'],
    ['json_syntax', '{"a":1,}'],
    ['json_syntax', "{'a':1}"],
    ['json_syntax', '{"a":01}'],
    ['json_syntax', '{"a":NaN}'],
    ['json_syntax', '[Infinity]'],
    ['json_syntax', '{"a":1}{"b":2}'],
    ['json_syntax', '{"a"::1}'],
    ['json_syntax', '"a\nb"'],
    ['json_syntax', '"\\x41"'],
    ['json_syntax', '// c\n1'],
    ['json_syntax', '\ufeff{}'],
    ['json_syntax', '"\\'],
    ['json_syntax', 'undefined'],
  ])('%s: %j', (code, text) => {
    expect(() => parseStrictJson(text)).toThrow(expect.objectContaining({ code }));
  });

  it('a key that is written twice, at any place', () => {
    const key = fc.string({ unit: 'grapheme-ascii', maxLength: 6 }).filter((k) => k !== '__proto__');
    fc.assert(
      fc.property(
        fc.uniqueArray(key, { minLength: 1, maxLength: 6 }),
        fc.nat(),
        fc.nat({ max: 4 }),
        (keys, pick, wraps) => {
          const member = (k: string) => `${JSON.stringify(k)}:1`;
          const again = keys[pick % keys.length] as string;
          const wrap = (inner: string) => `${'{"w":['.repeat(wraps)}${inner}${']}'.repeat(wraps)}`;
          const once = wrap(`{${keys.map(member).join()}}`);
          const twice = wrap(`{${[...keys, again].map(member).join()}}`);
          expect(parseStrictJson(once)).toEqual(JSON.parse(once));
          expect(() => parseStrictJson(twice)).toThrow(
            expect.objectContaining({ code: 'json_duplicate_key' }),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('nesting above the limit, and no deep nesting overflows the stack', () => {
    expect(parseStrictJson(nested(16))).toBeDefined();
    expect(() => parseStrictJson(nested(17))).toThrow(expect.objectContaining({ code: 'json_too_deep' }));
    expect(() => parseStrictJson('{"a":'.repeat(5000))).toThrow(
      expect.objectContaining({ code: 'json_too_deep' }),
    );
    expect(() => parseStrictJson(nested(500_000), { maxBytes: 2e6 })).toThrow(
      expect.objectContaining({ code: 'json_too_deep' }),
    );
    expect(parseStrictJson('[1]', { maxDepth: 1 })).toEqual([1]);
    expect(() => parseStrictJson('[]', { maxDepth: 0 })).toThrow();
    expect(parseStrictJson('"[[["', { maxDepth: 0 })).toBe('[[[');
  });

  it.each([
    ['a', 1],
    ['é', 2],
    ['€', 3],
    ['😀', 4],
  ])('text above the limit in UTF-8 bytes, exactly, for %s', (character, bytes) => {
    const text = JSON.stringify(character.repeat(10));
    const size = 2 + 10 * bytes;
    expect(parseStrictJson(text, { maxBytes: size })).toBe(character.repeat(10));
    expect(() => parseStrictJson(text, { maxBytes: size - 1 })).toThrow(
      expect.objectContaining({ code: 'json_too_large' }),
    );
  });

  it('a value that is not a string', () => {
    expect(() => parseStrictJson(7 as unknown as string)).toThrow(
      expect.objectContaining({ code: 'json_too_large' }),
    );
  });

  it('syntax errors without quoting the text', () => {
    expect(() => parseStrictJson('{"psk": hunter2}')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
    );
  });

  it('nothing else: for any text it agrees with JSON.parse on what is JSON', () => {
    const text = fc.string({
      unit: fc.constantFrom(...'{}[]",:\\u0d8c1e-. \n', 'tru', '"a"'),
      maxLength: 14,
    });
    const codes = ['json_duplicate_key', 'lone_surrogate', 'json_non_finite'];
    fc.assert(
      fc.property(text, (candidate) => {
        let expected: unknown;
        try {
          expected = JSON.parse(candidate);
        } catch {
          expect(() => parseStrictJson(candidate)).toThrow(expect.objectContaining({ code: 'json_syntax' }));
          return;
        }
        try {
          expect(parseStrictJson(candidate)).toEqual(expected);
        } catch (error) {
          const { code } = error as { code?: string };
          // The text must have such a number.
          if (code === 'json_unsafe_integer') expect(holdsUnsafeInteger(expected)).toBe(true);
          else expect(codes).toContain(code);
        }
      }),
      // Whole numbers far beyond 2^53 in a short form, and a number that is not whole.
      { numRuns: 5000, examples: [['8e81'], ['[1e21]'], ['1e-8']] },
    );
  });
});

function holdsUnsafeInteger(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsUnsafeInteger);
}
