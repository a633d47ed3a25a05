// RFC 6962, section 2.1, for the trees and RFC 9162, section 2.1.3.2, for the way back. The oracle is the
// recursive definition of the RFC over node:crypto.

import { createHash } from 'node:crypto';
import { rootFromPath, toHex } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { batchTree } from '../src/index.ts';

const sha256 = (...parts: Uint8Array[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};
const leafOf = (n: number) => sha256(Uint8Array.of(0), Uint8Array.of(n));
const leavesOf = (size: number) => Array.from({ length: size }, (_, at) => leafOf(at));

/** MTH of RFC 6962 over leaf hashes. */
function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(Uint8Array.of(1), rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

/** PATH of RFC 6962. */
function pathOf(index: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return [];
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...pathOf(index, left), rootOf(right)]
    : [...pathOf(index - split, right), rootOf(left)];
}

const hex = (hashes: readonly Uint8Array[]) => hashes.map(toHex);
const SIZES = Array.from({ length: 70 }, (_, at) => at + 1);

describe('trees of 1 to 70 leaves', () => {
  it.each(SIZES)('%i: root and paths are those of the RFC, and each path leads to the root', (size) => {
    const leaves = leavesOf(size);
    const tree = batchTree(leaves);
    expect(toHex(tree.root)).toBe(toHex(rootOf(leaves)));
    for (const [index, leaf] of leaves.entries()) {
      const path = tree.pathOf(index);
      expect(hex(path)).toEqual(hex(pathOf(index, leaves)));
      expect(toHex(rootFromPath(leaf, index, size, path) ?? new Uint8Array())).toBe(toHex(tree.root));
    }
  });

  it('a path leads to the root from its own place in a tree of its own size only', () => {
    for (const size of SIZES.filter((n) => n <= 20)) {
      const leaves = leavesOf(size);
      const tree = batchTree(leaves);
      const root = toHex(tree.root);
      for (const [index, leaf] of leaves.entries()) {
        const path = tree.pathOf(index);
        const leadsTo = (at: number, of: number) => {
          const reached = rootFromPath(leaf, at, of, path);
          return reached !== undefined && toHex(reached) === root;
        };
        for (let at = 0; at < size; at++) expect(leadsTo(at, size)).toBe(at === index);
      }
    }
  });
});

describe('rootFromPath gives undefined', () => {
  const leaves = leavesOf(7);
  const tree = batchTree(leaves);
  const [leaf] = leaves as [Uint8Array];
  const path = tree.pathOf(0);

  it.each<[string, number, number]>([
    ['an index that is the size', 7, 7],
    ['an index above the size', 8, 7],
    ['a negative index', -1, 7],
    ['a broken index', 0.5, 7],
    ['no index', Number.NaN, 7],
    ['no leaves', 0, 0],
    ['a broken size', 0, 6.5],
    ['an endless size', 0, Number.POSITIVE_INFINITY],
    ['no size', 0, Number.NaN],
  ])('%s', (_what, index, size) => {
    expect(rootFromPath(leaf, index, size, path)).toBeUndefined();
  });

  it('for a path of any other length', () => {
    for (const size of SIZES) {
      const tall = batchTree(leavesOf(size));
      for (let index = 0; index < size; index++) {
        const right = tall.pathOf(index);
        for (let length = 0; length <= 9; length++) {
          const other = Array.from({ length }, (_, at) => right[at] ?? leaf);
          const reached = rootFromPath(leafOf(index), index, size, other);
          expect(reached === undefined).toBe(length !== right.length);
        }
      }
    }
  });

  it.each([0, 31, 33])('for a hash of %i bytes', (length) => {
    const odd = new Uint8Array(length);
    expect(rootFromPath(odd, 0, 7, path)).toBeUndefined();
    for (let at = 0; at < path.length; at++)
      expect(rootFromPath(leaf, 0, 7, path.with(at, odd))).toBeUndefined();
  });
});

describe('batchTree', () => {
  it('refuses no leaves, and a path from a leaf that it does not have', () => {
    expect(() => batchTree([])).toThrow(RangeError);
    for (const index of [-1, 3, 0.5]) expect(() => batchTree(leavesOf(3)).pathOf(index)).toThrow(RangeError);
  });
});
