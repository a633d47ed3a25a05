import { createHash } from 'node:crypto';
import { canonicalJson, decodeBase64, encodeBase64 } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { isItemOf, type OpenedItem, sealedPool, sealPool } from '../../src/index.ts';
import { bytesOf, examplePool, sealedExample } from './example-pool.ts';

const sealed = sealedExample();
const size = sealed.items.length;
const pool = { root: sealed.root, size };

/** RFC 6962, section 2.1, as it is written there. */
function rootOf(leaves: readonly Buffer[]): Buffer {
  const hash = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
  const [first] = leaves;
  if (leaves.length === 1) return hash(Uint8Array.of(0), first as Buffer);
  const half = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return hash(Uint8Array.of(1), rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half)));
}

describe('the root of a pool', () => {
  it('is that of RFC 6962 over the canonical JSON of its salted items', () => {
    const leaves = sealed.items.map(({ index, salt, item }) =>
      Buffer.from(canonicalJson(JSON.parse(JSON.stringify({ salt, item, index })))),
    );
    expect(Buffer.from(sealed.root).toString('hex')).toBe(rootOf(leaves).toString('hex'));
  });

  it('is the same from items as they were stored, and another one for another salt, order or item', () => {
    expect(sealedPool(JSON.parse(JSON.stringify(sealed.items))).root).toEqual(sealed.root);
    const { items } = examplePool();
    const salts = items.map((_one, index) => bytesOf(index));
    const roots = [
      sealPool(items, salts.toReversed()),
      sealPool(items.toReversed(), salts),
      sealPool(items.with(0, { ...(items[0] as (typeof items)[0]), prompt: 'Another?' }), salts),
    ].map(({ root }) => encodeBase64(root));
    expect(new Set([...roots, encodeBase64(sealed.root)]).size).toBe(4);
  });

  it.each([
    ['no items', [], []],
    [
      'a salt too few',
      examplePool().items,
      examplePool()
        .items.slice(1)
        .map((_one, at) => bytesOf(at)),
    ],
    ['a short salt', examplePool().items, examplePool().items.map(() => new Uint8Array(31))],
    ['one salt for all', examplePool().items, examplePool().items.map(() => bytesOf(1))],
  ])('of %s is refused', (_what, items, salts) => {
    expect(() => sealPool(items, salts)).toThrow(expect.objectContaining({ code: 'invalid_pool' }));
  });
});

describe('an opened item', () => {
  it('is of its pool, each at its own place only', () => {
    for (let index = 0; index < size; index++) {
      const opened = JSON.parse(JSON.stringify(sealed.open(index))) as OpenedItem;
      expect(isItemOf(pool, opened)).toBe(true);
      for (let other = -1; other <= size; other++)
        expect(isItemOf(pool, { ...opened, index: other })).toBe(other === index);
      expect(isItemOf({ ...pool, size: size * 2 + 7 }, opened)).toBe(false);
    }
    expect(() => sealed.open(size)).toThrow(RangeError);
  });

  it('with any bit of its salt, its path or the root changed is refused', () => {
    const opened = sealed.open(5);
    const flipped = (base64: string): string[] => {
      const bytes = decodeBase64(base64);
      return Array.from({ length: 8 * bytes.length }, (_one, bit) => {
        const other = new Uint8Array(bytes);
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return encodeBase64(other);
      });
    };
    for (const salt of flipped(opened.salt)) expect(isItemOf(pool, { ...opened, salt })).toBe(false);
    for (const [at, hash] of opened.path.entries())
      for (const other of flipped(hash))
        expect(isItemOf(pool, { ...opened, path: opened.path.with(at, other) })).toBe(false);
    for (const root of flipped(encodeBase64(sealed.root)))
      expect(isItemOf({ root: decodeBase64(root), size }, opened)).toBe(false);
  });

  it('with any character of the item changed, or another path, is refused', () => {
    const opened = sealed.open(5);
    const text = canonicalJson(opened.item);
    let tried = 0;
    for (let at = 0; at < text.length; at++) {
      const other = `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`;
      let item: OpenedItem['item'];
      try {
        item = JSON.parse(other);
      } catch {
        continue;
      }
      tried += 1;
      expect(isItemOf(pool, { ...opened, item })).toBe(false);
    }
    expect(tried).toBeGreaterThan(50);
    const [first = ''] = opened.path;
    for (const path of [[], opened.path.slice(1), [...opened.path, first], opened.path.toReversed(), ['x']])
      expect(isItemOf(pool, { ...opened, path })).toBe(false);
  });
});
