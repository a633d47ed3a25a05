import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type JsonValue, parseStrictJson } from '../src/index.ts';
import vectors from './vectors/signing.json' with { type: 'json' };

const reference = canonicalize as unknown as (input: unknown) => string;

describe('signing.json canonical_json', () => {
  it.each(vectors.canonical_json)('$source', (vector) => {
    if ('refused' in vector) {
      expect(() => parseStrictJson(vector.input)).toThrow();
      expect(() => canonicalJson(JSON.parse(vector.input))).toThrow();
      return;
    }
    // JSON.parse, because the strict reader refuses the 1E30 of the RFC's own example.
    const text = canonicalJson(JSON.parse(vector.input));
    if ('canonical' in vector) expect(text).toBe(vector.canonical);
    if ('key_order' in vector) {
      const keys = [...text.matchAll(/("(?:[^"\\]|\\.)*"):/g)].map((match) => JSON.parse(match[1] ?? ''));
      expect(keys).toEqual(vector.key_order);
    }
  });

  it('holds both positive and negative cases', () => {
    expect(vectors.canonical_json.filter((vector) => 'refused' in vector)).toHaveLength(2);
    expect(vectors.canonical_json.length).toBeGreaterThan(2);
  });
});

describe('RFC 8785 section 3.2.2.3 and appendix B: numbers', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [5e-324, '5e-324'],
    [-1.7976931348623157e308, '-1.7976931348623157e+308'],
    [9007199254740992, '9007199254740992'],
    [295147905179352830000, '295147905179352830000'],
    [9.999999999999997e22, '9.999999999999997e+22'],
    [1e23, '1e+23'],
    [1e21, '1e+21'],
    [999999999999999900000, '999999999999999900000'],
    [0.000001, '0.000001'],
    [9.999999999999997e-7, '9.999999999999997e-7'],
    [333333333.3333332, '333333333.3333332'],
    [1424953923781206.2, '1424953923781206.2'],
  ])('%d', (number, text) => {
    expect(canonicalJson(number)).toBe(text);
  });
});

describe('properties', () => {
  const value = fc
    .jsonValue({ maxDepth: 4 })
    .filter((v) => !JSON.stringify(v).includes('__proto__')) as fc.Arbitrary<JsonValue>;

  it('parsing the text gives the value again', () => {
    fc.assert(
      fc.property(
        value,
        (v) => void expect(JSON.parse(canonicalJson(v))).toEqual(JSON.parse(JSON.stringify(v))),
      ),
    );
  });

  it('the text does not depend on the order of keys, and equals the reference implementation’s', () => {
    const shuffled = (v: unknown): unknown => {
      if (Array.isArray(v)) return v.map(shuffled);
      if (typeof v !== 'object' || v === null) return v;
      return Object.fromEntries(
        Object.entries(v)
          .reverse()
          .map(([key, item]) => [key, shuffled(item)]),
      );
    };
    fc.assert(
      fc.property(value, (v) => {
        expect(canonicalJson(shuffled(v) as JsonValue)).toBe(canonicalJson(v));
        expect(canonicalJson(v)).toBe(reference(v));
      }),
    );
  });

  it('the text equals the reference implementation’s for keys that JavaScript or UTF-8 would order otherwise', () => {
    const key = fc.constantFrom(
      '',
      '0',
      '9',
      '10',
      '-1',
      '01',
      '1e3',
      'a',
      'B',
      'aa',
      '€',
      '\ufb33',
      '😀',
      '\r',
    );
    const tree = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(1, -0, 'x', null, true),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(key, tie('node'), { maxKeys: 5 }),
      ),
    })).node as fc.Arbitrary<JsonValue>;
    fc.assert(
      fc.property(tree, (v) => void expect(canonicalJson(v)).toBe(reference(v))),
      { numRuns: 500 },
    );
  });

  it('an array of a subclass is written as the reference implementation writes it', () => {
    class Odd extends Array<number> {}
    const odd = Odd.from([1, 2]);
    expect(canonicalJson({ b: odd, a: 1 } as never)).toBe(reference({ b: odd, a: 1 }));
  });

  it('an object without a prototype gives the same text', () => {
    expect(canonicalJson(Object.assign(Object.create(null), { b: 1, a: 2 }))).toBe('{"a":2,"b":1}');
  });
});

describe('refuses', () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const bigCycle: unknown[] = [];
  bigCycle.push(bigCycle);
  let deep: JsonValue = 1;
  for (let i = 0; i < 129; i++) deep = [deep];

  it.each<[string, string, unknown]>([
    ['json_non_finite', 'NaN', Number.NaN],
    ['json_non_finite', 'Infinity in a member', { a: [Number.NEGATIVE_INFINITY] }],
    ['lone_surrogate', 'a value', { a: '\ud800' }],
    ['lone_surrogate', 'a key', { '\udc00': 1 }],
    ['json_unsupported_value', 'undefined', undefined],
    ['json_unsupported_value', 'an undefined member, which JSON.stringify would drop', { a: undefined }],
    ['json_unsupported_value', 'a hole', new Array(2)],
    ['json_unsupported_value', 'a bigint', { a: 1n }],
    ['json_unsupported_value', 'a symbol', Symbol('a')],
    ['json_unsupported_value', 'a function', () => 1],
    [
      'json_unsupported_value',
      'a toJSON method, which JSON.stringify would call',
      { toJSON: () => 'forged' },
    ],
    ['json_unsupported_value', 'a Date', { at: new Date(0) }],
    ['json_unsupported_value', 'a Map', new Map()],
    ['json_unsupported_value', 'bytes', new Uint8Array(2)],
    ['json_unsupported_value', 'a boxed number', Object(1)],
    ['json_forbidden_key', '__proto__', JSON.parse('{"__proto__":1}')],
    ['json_too_deep', 'an object cycle', cycle],
    ['json_too_deep', 'an array cycle', bigCycle],
    ['json_too_deep', '129 levels', deep],
  ])('%s: %s', (code, _name, value) => {
    expect(() => canonicalJson(value as JsonValue)).toThrow(expect.objectContaining({ code }));
  });

  it('but not 128 levels, and not an object that occurs twice', () => {
    expect(canonicalJson((deep as JsonValue[])[0] as JsonValue)).toBe(
      `${'['.repeat(128)}1${']'.repeat(128)}`,
    );
    const shared = { x: 1 };
    expect(canonicalJson({ a: shared, b: shared })).toBe('{"a":{"x":1},"b":{"x":1}}');
  });
});
