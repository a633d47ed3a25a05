import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEpochId, parseMeshId, parseNodeId } from '../src/index.ts';

const accepted = ['a', '7', 'node-a', 'gpu-01.eu-west.example', `a${'-'.repeat(61)}b`, 'a..b'];
const refused: readonly unknown[] = [
  '',
  'A',
  'Node-a',
  '-a',
  'a-',
  '.a',
  'a.',
  'a_b',
  'a b',
  ' a',
  'a\n',
  'a\nendpoint = 10.0.0.1:1',
  'a\r',
  'a\u0000',
  'a/b',
  '../a',
  'a"b',
  'é',
  '\u0430', // Cyrillic a
  `a${'b'.repeat(63)}`,
  null,
  undefined,
  1,
  ['a'],
  { toString: () => 'a' },
];

describe.each([
  ['parseMeshId', parseMeshId, 'invalid_mesh_id'],
  ['parseNodeId', parseNodeId, 'invalid_node_id'],
] as const)('%s', (_name, parse, code) => {
  it.each(accepted)('%j is returned as it is', (id) => {
    expect(parse(id)).toBe(id);
  });

  it.each(refused.map((id) => [id]))('%j is refused', (id) => {
    expect(() => parse(id)).toThrow(expect.objectContaining({ code }));
  });

  it('63 characters are accepted and 64 are not', () => {
    expect(parse('x'.repeat(63))).toHaveLength(63);
    expect(() => parse('x'.repeat(64))).toThrow();
  });

  it('no accepted id can end a line, a field or a path segment', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 8 }), (text) => {
        let id = '';
        try {
          id = parse(text);
        } catch {
          return;
        }
        expect(id).toMatch(/^[a-z0-9.-]{1,63}$/);
        expect(id).not.toMatch(/^[.-]|[.-]$|\n/);
      }),
      { numRuns: 2000 },
    );
  });

  it('the message does not repeat the rejected text', () => {
    expect(() => parse('SECRET TEXT')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('SECRET') }),
    );
  });
});

describe('parseEpochId', () => {
  it.each([1, 2, 2 ** 32, Number.MAX_SAFE_INTEGER])('%d is accepted', (id) => {
    expect(parseEpochId(id)).toBe(id);
  });

  it.each([
    [0],
    [-1],
    [1.5],
    [2 ** 53],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    ['1'],
    [1n],
    [null],
    [undefined],
  ])('%s is refused', (id) => {
    expect(() => parseEpochId(id)).toThrow(expect.objectContaining({ code: 'invalid_epoch_id' }));
  });
});
