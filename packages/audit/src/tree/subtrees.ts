// The perfect subtrees from which every root and every proof of a tree is put together. Sizes and indices may
// exceed the 32 bits of JavaScript's bit operators, so this file divides.

import { copyBytes, portableSha256, type Sha256 } from '@mesh/primitives';
import { AuditError } from '../audit-error.ts';
import { emptyTreeRoot, nodeHash } from './tree-hashes.ts';

/**
 * The hash of a perfect subtree, in the words of RFC 6962, section 2.1: `MTH(D[index * 2^level :
 * (index + 1) * 2^level])`, 32 bytes. Level 0 holds the leaves. It is asked only for subtrees that are
 * complete in the tree.
 */
export type ReadSubtree = (level: number, index: number) => Uint8Array;

/**
 * Reads the subtrees over leaves that are all at hand, by the definition: for small trees, because a subtree
 * of level L costs 2^L hashes each time.
 *
 * @param leaf the leaf hash of the entry at an index
 */
export function subtreesOver(leaf: (index: number) => Uint8Array): ReadSubtree {
  const read: ReadSubtree = (level, index) =>
    level === 0 ? leaf(index) : nodeHash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1));
  return read;
}

/** The largest power of two below n: where RFC 6962 splits a list of n leaves. n is at least 2. */
export function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/**
 * `MTH(D[start : end])`, 32 bytes, owned by the caller.
 *
 * @param start a multiple of the smallest power of two that is not below `end - start`, as the ranges of
 *   proofs are
 */
export function rangeRoot(
  start: number,
  end: number,
  read: ReadSubtree,
  sha256: Sha256 = portableSha256,
): Uint8Array {
  if (start === end) return emptyTreeRoot();
  const subtrees: Uint8Array[] = [];
  for (let at = start; at < end; ) {
    const { level, width } = largestPerfect(end - at);
    subtrees.push(read(level, at / width));
    at += width;
  }
  const smallest = copyBytes(subtrees.pop() as Uint8Array);
  return subtrees.reduceRight((right, left) => nodeHash(left, right, sha256), smallest);
}

function largestPerfect(leaves: number): { readonly level: number; readonly width: number } {
  let level = 0;
  let width = 1;
  while (width * 2 <= leaves) {
    width *= 2;
    level += 1;
  }
  return { level, width };
}

/** @throws AuditError `out_of_range` unless it is a whole number from 0, below 2^53 */
export function checkTreeSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0)
    throw new AuditError('out_of_range', 'a tree size is a whole number from 0, below 2^53');
}
