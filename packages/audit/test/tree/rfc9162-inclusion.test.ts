import { decodeBase64, encodeBase64 } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { proveInclusion, verifyInclusion } from '../../src/index.ts';
import { equalEntries, flipped, leafOf, numbered, rootOf } from '../support/log.ts';
import vectors from '../vectors/merkle.json' with { type: 'json' };

describe('merkle.json', () => {
  it.each(vectors.inclusion)('the path of leaf $index of $size', ({ index, size, path }) => {
    expect(proveInclusion(index, size, numbered).map(encodeBase64)).toEqual(path);
    const claim = { leaf: leafOf(index), index, size, path: path.map((hash) => decodeBase64(hash)) };
    expect(verifyInclusion({ ...claim, root: rootOf(size) })).toBe(true);
  });
});

const claimOf = (index: number, size: number) => ({
  leaf: leafOf(index),
  index,
  size,
  path: proveInclusion(index, size, numbered),
  root: rootOf(size),
});

describe('an inclusion proof', () => {
  it('verifies for every leaf of every tree up to 40 leaves, and for no other leaf', () => {
    const claims = [];
    for (let size = 1; size <= 40; size++)
      for (let index = 0; index < size; index++) claims.push(claimOf(index, size));
    for (const claim of claims) {
      expect(verifyInclusion(claim)).toBe(true);
      for (let other = -1; other <= claim.size; other++)
        if (other !== claim.index) expect(verifyInclusion({ ...claim, index: other })).toBe(false);
      expect(verifyInclusion({ ...claim, leaf: leafOf(claim.index + 1) })).toBe(false);
    }
  });

  it.each([
    [0, 1],
    [0, 2],
    [3, 7],
    [6, 7],
    [4, 13],
    [12, 13],
    [63, 64],
  ])('is refused with any single bit changed: leaf %i of %i', (index, size) => {
    const claim = claimOf(index, size);
    expect(verifyInclusion(claim)).toBe(true);
    for (const leaf of flipped(claim.leaf)) expect(verifyInclusion({ ...claim, leaf })).toBe(false);
    for (const root of flipped(claim.root)) expect(verifyInclusion({ ...claim, root })).toBe(false);
    for (const [at, hash] of claim.path.entries())
      for (const other of flipped(hash))
        expect(verifyInclusion({ ...claim, path: claim.path.with(at, other) })).toBe(false);
  });

  it.each([
    [5, 13],
    [0, 1],
    [12, 13],
  ])('is refused with a hash more or less, or with hashes changed round: leaf %i of %i', (index, size) => {
    const claim = claimOf(index, size);
    const { path } = claim;
    const others = [
      ...path.map((_, at) => path.toSpliced(at, 1)),
      ...path.map((_, at) => path.toSpliced(at, 0, leafOf(99))),
      [...path, claim.root],
      [...path, claim.leaf],
      ...(path.length > 1 ? [path.toReversed()] : []),
      path.map((hash) => hash.subarray(1)),
      [...path, new Uint8Array(0)],
    ].filter((other) => other.length !== path.length || path.length > 0);
    expect(others.length).toBeGreaterThan(2);
    for (const other of others) expect(verifyInclusion({ ...claim, path: other })).toBe(false);
  });

  it('does not show the size: where the way of a leaf is the same in two trees, it verifies with either', () => {
    const claim = claimOf(0, 129);
    expect(verifyInclusion({ ...claim, size: 130 })).toBe(true);
    expect(verifyInclusion({ ...claim, size: 128 })).toBe(false);
    expect(verifyInclusion({ ...claim, size: 257 })).toBe(false);
  });

  it.each([2 ** 31 + 5, 2 ** 32, 2 ** 40 + 12_345, 2 ** 52 + 1, 2 ** 53 - 1])(
    'reaches a tree of %i leaves, in at most 53 hashes',
    (size) => {
      const read = equalEntries();
      const root = rootOf(size, read);
      for (const index of [0, 1, 2 ** 31, Math.floor(size / 3), size - 1]) {
        if (index >= size) continue;
        const path = proveInclusion(index, size, read);
        expect(path.length).toBeLessThanOrEqual(53);
        expect(verifyInclusion({ leaf: leafOf(0), index, size, path, root })).toBe(true);
        expect(verifyInclusion({ leaf: leafOf(1), index, size, path, root })).toBe(false);
      }
    },
  );

  it('reads O(log n) subtrees', () => {
    let reads = 0;
    const counting: typeof numbered = (level, index) => {
      reads += 1;
      return equalEntries()(level, index);
    };
    proveInclusion(10_000_000 - 1, 10_000_000, counting);
    expect(reads).toBeLessThan(24 * 24);
  });

  it.each([
    [-1, 3],
    [3, 3],
    [0, 0],
    [0.5, 3],
    [0, -1],
    [0, 1.5],
    [0, 2 ** 53],
    [Number.NaN, 3],
  ])('is not made for leaf %d of %d', (index, size) => {
    expect(() => proveInclusion(index, size, numbered)).toThrow(
      expect.objectContaining({ code: 'out_of_range' }),
    );
    const claim = claimOf(0, 3);
    expect(verifyInclusion({ ...claim, index, size })).toBe(false);
  });
});
