import { type JsonValue, parseEpochId, parseMeshId, parseNodeId, toHex, utf8 } from '@mesh/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AuditEntry,
  commitDetails,
  type JsonObject,
  MAX_ENTRY_LENGTH_BYTES,
  parseEntry,
  renderEntry,
} from '../../src/index.ts';

const entry: AuditEntry = {
  index: 0,
  atMs: 1_767_616_490_123,
  meshId: parseMeshId('demo'),
  type: 'node.enrolled',
  data: {},
};
const details = `sha256:${'0'.repeat(64)}` as const;
const full: AuditEntry = {
  ...entry,
  index: 7,
  nodeId: parseNodeId('node-c'),
  epochId: parseEpochId(41),
  type: 'node.denied',
  data: { reason: 'below_threshold', threshold: 0.7 },
  detailsCommitment: details,
};
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const minimal = text(renderEntry(entry));

describe('renderEntry', () => {
  it('gives the bytes that are fixed for ever', () => {
    expect(minimal).toBe(
      '{"at":"2026-01-05T12:34:50.123Z","data":{},"index":0,"mesh_id":"demo","type":"node.enrolled","v":1}',
    );
    expect(text(renderEntry(full))).toBe(
      `{"at":"2026-01-05T12:34:50.123Z","data":{"reason":"below_threshold","threshold":0.7},"details":"${details}",` +
        '"epoch_id":41,"index":7,"mesh_id":"demo","node_id":"node-c","type":"node.denied","v":1}',
    );
  });

  it('leaves out what is undefined, exactly like what is absent', () => {
    const explicit = { ...entry, nodeId: undefined, epochId: undefined, detailsCommitment: undefined };
    expect(text(renderEntry(explicit))).toBe(minimal);
  });

  it.each<[string, Partial<Record<keyof AuditEntry, unknown>>]>([
    ['a negative index', { index: -1 }],
    ['a fractional index', { index: 0.5 }],
    ['an index of 2^53', { index: 2 ** 53 }],
    ['a time that is no integer', { atMs: 0.5 }],
    ['a time after 9999', { atMs: 1e15 }],
    ['a mesh id with a line break', { meshId: 'demo\n' }],
    ['a node id in upper case', { nodeId: 'A' }],
    ['a node id that is null', { nodeId: null }],
    ['epoch 0', { epochId: 0 }],
    ['an empty type', { type: '' }],
    ['a type with a space', { type: 'node enrolled' }],
    ['a type in upper case', { type: 'Node' }],
    ['a type that ends with a dot', { type: 'node.' }],
    ['a type of 65 characters', { type: 'x'.repeat(65) }],
    ['data that is an array', { data: [] }],
    ['data that is null', { data: null }],
    ['data with NaN', { data: { score: Number.NaN } }],
    ['data with undefined', { data: { score: undefined } }],
    ['data with a lone surrogate', { data: { note: '\ud800' } }],
    ['data with a whole number beyond 2^53 - 1', { data: { a: [{ n: 2 ** 53 }] } }],
    ['data with __proto__', { data: JSON.parse('{"__proto__":1}') }],
    ['a commitment of another hash', { detailsCommitment: `sha512:${'0'.repeat(64)}` }],
    ['a commitment in upper case', { detailsCommitment: `sha256:${'A'.repeat(64)}` }],
    ['details in place of their commitment', { detailsCommitment: { overall: 0.9 } }],
  ])('refuses %s', (_name, change) => {
    expect(() => renderEntry({ ...entry, ...change } as AuditEntry)).toThrow(
      expect.objectContaining({ name: 'AuditError', code: 'invalid_entry' }),
    );
  });

  it('accepts 65535 bytes and refuses 65536', () => {
    const empty = renderEntry({ ...entry, data: { x: '' } }).length;
    const room = MAX_ENTRY_LENGTH_BYTES - empty;
    const largest = renderEntry({ ...entry, data: { x: 'x'.repeat(room) } });
    expect(largest).toHaveLength(MAX_ENTRY_LENGTH_BYTES);
    expect(parseEntry(largest).data.x).toHaveLength(room);
    expect(() => renderEntry({ ...entry, data: { x: 'x'.repeat(room + 1) } })).toThrow(
      expect.objectContaining({ code: 'entry_too_large' }),
    );
  });
});

describe('parseEntry', () => {
  it('undoes renderEntry for every entry', () => {
    const id = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/);
    const positive = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    const data = fc
      .dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }))
      .filter((value) => !JSON.stringify(value).includes('__proto__') && !hasUnsafeInteger(value))
      .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);
    const anyEntry: fc.Arbitrary<AuditEntry> = fc.record(
      {
        index: fc.maxSafeNat(),
        atMs: fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }),
        meshId: id.map(parseMeshId),
        type: fc.stringMatching(/^[a-z]{1,9}([._-][a-z0-9]{1,9}){0,3}$/),
        nodeId: id.map(parseNodeId),
        epochId: positive.map(parseEpochId),
        data,
        detailsCommitment: fc
          .uint8Array({ minLength: 32, maxLength: 32 })
          .map((hash): `sha256:${string}` => `sha256:${toHex(hash)}`),
      },
      { requiredKeys: ['index', 'atMs', 'meshId', 'type', 'data'] },
    );
    fc.assert(
      fc.property(anyEntry, (value) => {
        const bytes = renderEntry(value);
        const parsed = parseEntry(bytes);
        // -0 is 0 in RFC 8785, hence through JSON.
        expect(JSON.parse(JSON.stringify(parsed))).toEqual(JSON.parse(JSON.stringify(value)));
        expect(renderEntry(parsed)).toEqual(bytes);
      }),
    );
  });

  it('works on a Buffer, as a database gives it', () => {
    expect(parseEntry(Buffer.from(minimal))).toEqual(entry);
  });

  it('data as deep as renderEntry takes it', () => {
    let deep: JsonValue = 1;
    for (let i = 0; i < 126; i++) deep = [deep];
    expect(parseEntry(renderEntry({ ...entry, data: { deep } })).data).toEqual({ deep });
    expect(() => renderEntry({ ...entry, data: { deep: [deep] } })).toThrow(
      expect.objectContaining({ code: 'invalid_entry' }),
    );
  });

  it.each([
    ['white space', minimal.replace(',', ', ')],
    ['a line break behind it', `${minimal}\n`],
    [
      'keys in another order',
      '{"v":1,"at":"2026-01-05T12:34:50.123Z","data":{},"index":0,"mesh_id":"demo","type":"node.enrolled"}',
    ],
    ['an escape that need not be', minimal.replace('demo', '\\u0064emo')],
    ['another spelling of a number', minimal.replace('"index":0', '"index":0.0')],
    ['-0', minimal.replace('"index":0', '"index":-0')],
    ['the same instant in another zone', minimal.replace('12:34:50.123Z', '13:34:50.123+01:00')],
    ['the same instant with more digits', minimal.replace('.123Z', '.123000Z')],
  ])('refuses other bytes of the same entry: %s', (_name, other) => {
    expect(() => parseEntry(utf8(other))).toThrow(
      expect.objectContaining({ name: 'AuditError', code: 'not_canonical' }),
    );
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a byte order mark', `\ufeff${minimal}`],
    ['another version', minimal.replace('"v":1', '"v":2')],
    ['a version as text', minimal.replace('"v":1', '"v":"1"')],
    ['no version', minimal.replace(',"v":1', '')],
    ['an unknown key', minimal.replace('"v":1', '"v":1,"w":1')],
    ['a key twice', minimal.replace('"index":0', '"index":0,"index":0')],
    ['no data', minimal.replace('"data":{},', '')],
    ['data as text', minimal.replace('"data":{}', '"data":"{}"')],
    ['no index', minimal.replace('"index":0,', '')],
    ['an index as text', minimal.replace('"index":0', '"index":"0"')],
    ['a null node id', minimal.replace('"v":1', '"node_id":null,"v":1')],
    ['a null commitment', minimal.replace('"index"', '"details":null,"index"')],
    ['February 30', minimal.replace('01-05', '02-30')],
    ['a bad mesh id', minimal.replace('demo', '../demo')],
    ['a lone surrogate', minimal.replace('{}', '{"x":"\\ud800"}')],
    ['an infinite number', minimal.replace('{}', '{"x":1e400}')],
  ])('refuses %s', (_name, other) => {
    expect(() => parseEntry(utf8(other))).toThrow(
      expect.objectContaining({ name: 'AuditError', code: 'invalid_entry' }),
    );
  });

  it('refuses what is not UTF-8, and what is too long', () => {
    const broken = utf8(minimal);
    broken[10] = 0xff;
    expect(() => parseEntry(broken)).toThrow(expect.objectContaining({ code: 'invalid_entry' }));
    expect(() => parseEntry(new Uint8Array(MAX_ENTRY_LENGTH_BYTES + 1))).toThrow(
      expect.objectContaining({ code: 'entry_too_large' }),
    );
  });

  it('refuses every entry with one byte changed, or gives another entry', () => {
    const bytes = renderEntry(full);
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = bytes.slice();
        changed[at] = (changed[at] ?? 0) ^ flip;
        let parsed: AuditEntry;
        try {
          parsed = parseEntry(changed);
        } catch (error) {
          expect(error).toMatchObject({ name: 'AuditError' });
          return;
        }
        expect(parsed).not.toEqual(full);
      }),
      { numRuns: 1000 },
    );
  });
});

it('an entry can carry the commitment that commitDetails makes', () => {
  const detailsCommitment = commitDetails(new Uint8Array(32), { overall: 0.4 });
  expect(parseEntry(renderEntry({ ...entry, detailsCommitment })).detailsCommitment).toBe(detailsCommitment);
});

function hasUnsafeInteger(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasUnsafeInteger);
}
