import { createHash } from 'node:crypto';
import { encodeBase64, toHex, utf8 } from '@mesh/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompactRange, emptyTreeRoot, leafHash, nodeHash } from '../../src/index.ts';
import vectors from '../vectors/merkle.json' with { type: 'json' };

const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();

/** RFC 6962 section 2.1 literally, with node:crypto: the largest power of two below n splits the list. */
function rootByDefinition(entries: readonly Uint8Array[]): Uint8Array {
  const [only] = entries;
  if (only === undefined) return sha256();
  if (entries.length === 1) return sha256(Uint8Array.of(0), only);
  let k = 1;
  while (k * 2 < entries.length) k *= 2;
  return sha256(Uint8Array.of(1), rootByDefinition(entries.slice(0, k)), rootByDefinition(entries.slice(k)));
}

function rangeOf(entries: readonly Uint8Array[]): CompactRange {
  const range = new CompactRange();
  for (const entry of entries) range.append(leafHash(entry));
  return range;
}

const numbered = (n: number) => Array.from({ length: n }, (_, i) => utf8(`entry ${i}`));

describe('merkle.json', () => {
  it.each(Object.entries(vectors.roots))('the root of %s entries', (size, root) => {
    const range = rangeOf(numbered(Number(size)));
    expect(range.size).toBe(Number(size));
    expect(encodeBase64(range.root())).toBe(root);
  });

  it('covers the empty tree, and sizes on both sides of powers of two', () => {
    expect(Object.keys(vectors.roots)).toEqual(
      expect.arrayContaining(['0', '1', '2', '3', '7', '8', '31', '64', '70']),
    );
  });
});

describe('hashes', () => {
  it('leaf, node and empty tree are those of RFC 6962', () => {
    const entry = utf8('entry 0');
    const [l, r] = [leafHash(entry), leafHash(utf8('entry 1'))];
    expect(toHex(l)).toBe(sha256(Uint8Array.of(0), entry).toString('hex'));
    expect(toHex(nodeHash(l, r))).toBe(sha256(Uint8Array.of(1), l, r).toString('hex'));
    expect(nodeHash(l, r)).not.toEqual(nodeHash(r, l));
    expect(toHex(emptyTreeRoot())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('an entry made of two hashes is not an inner node', () => {
    const [l, r] = [leafHash(utf8('a')), leafHash(utf8('b'))];
    expect(leafHash(Buffer.concat([l, r]))).not.toEqual(nodeHash(l, r));
  });

  it.each([0, 31, 33])('a hash of %i bytes is refused', (length) => {
    const wrongLength = expect.objectContaining({ code: 'wrong_length' });
    const bad = new Uint8Array(length);
    expect(() => nodeHash(bad, new Uint8Array(32))).toThrow(wrongLength);
    expect(() => nodeHash(new Uint8Array(32), bad)).toThrow(wrongLength);
    expect(() => new CompactRange().append(bad)).toThrow(wrongLength);
  });
});

describe('CompactRange', () => {
  const entries = fc.array(fc.uint8Array({ maxLength: 5 }), { maxLength: 70 });

  it('has the root by definition, at every size on the way', () => {
    const range = new CompactRange();
    const all = numbered(130);
    for (let size = 0; size <= 130; size++) {
      expect(toHex(range.root())).toBe(toHex(rootByDefinition(all.slice(0, size))));
      const next = all[size];
      if (next !== undefined) range.append(leafHash(next));
    }
  });

  it('goes on from its bytes, or from a clone, without a difference', () => {
    fc.assert(
      fc.property(entries, entries, (before, after) => {
        const stored = rangeOf(before).toBytes();
        const restored = CompactRange.fromBytes(Buffer.from(stored));
        expect(restored.toBytes()).toEqual(stored);
        const clone = restored.clone();
        for (const entry of after) clone.append(leafHash(entry));
        expect(toHex(clone.root())).toBe(toHex(rootByDefinition([...before, ...after])));
        // The original does not have what was appended to the clone.
        expect(restored.toBytes()).toEqual(stored);
      }),
    );
  });

  it('does not keep the caller’s memory and does not give out its own', () => {
    const leaf = Buffer.from(leafHash(utf8('entry 0')));
    const range = new CompactRange();
    range.append(leaf);
    const root = toHex(range.root());
    leaf.fill(0);
    range.root().fill(0);
    range.toBytes().fill(0);
    expect(toHex(range.root())).toBe(root);
    const stored = Buffer.from(range.toBytes());
    const restored = CompactRange.fromBytes(stored);
    stored.fill(0);
    expect(toHex(restored.root())).toBe(root);
  });

  it('counts beyond 32 bits', () => {
    const size = 2 ** 40 + 2 ** 32 + 1;
    const bytes = new Uint8Array(8 + 3 * 32).fill(7);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(size));
    const range = CompactRange.fromBytes(bytes);
    range.append(new Uint8Array(32));
    expect(range.size).toBe(size + 1);
    // 2^40 + 2^32 + 2 has three ones: the last two leaves became one subtree.
    expect(range.toBytes()).toHaveLength(8 + 3 * 32);
    expect(CompactRange.fromBytes(range.toBytes()).root()).toEqual(range.root());
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['half a size', new Uint8Array(7)],
    ['a size without its hashes', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1)],
    ['a hash too many', new Uint8Array(8 + 32)],
    ['half a hash', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, ...new Uint8Array(31))],
    ['a size of 2^53', Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0, ...new Uint8Array(32))],
    ['a size of 2^64 - 1', Uint8Array.of(...new Uint8Array(8).fill(255), ...new Uint8Array(64 * 32))],
  ])('refuses to be restored from %s', (_name, bytes) => {
    expect(() => CompactRange.fromBytes(bytes)).toThrow(
      expect.objectContaining({ code: 'invalid_compact_range' }),
    );
  });
});
