// A Merkle tree over the configs that are signed together. It is the tree of RFC 6962, section 2.1, with
// SHA-256: where a level has an odd number of nodes, the last one moves up as it is.

import { concatBytes, portableSha256, type Sha256 } from '@mesh/primitives';

const HASH_BYTES = 32;
/** The first byte of what is hashed. Leaves are hashes of what begins with 0x00. */
const INNER = Uint8Array.of(1);

export interface BatchTree {
  /** 32 bytes. */
  readonly root: Uint8Array;
  /**
   * The hashes that lead from a leaf to the root, the lowest first.
   * @throws RangeError if there is no such leaf
   */
  pathOf(index: number): Uint8Array[];
}

/**
 * @param leaves their hashes, 32 bytes each; kept, not copied
 * @throws RangeError if there are none
 */
export function batchTree(leaves: readonly Uint8Array[], sha256: Sha256 = portableSha256): BatchTree {
  if (leaves.length === 0) throw new RangeError('a tree needs a leaf: sign nothing if there is nothing');
  const levels: (readonly Uint8Array[])[] = [];
  let level = leaves;
  while (level.length > 1) {
    levels.push(level);
    level = levelAbove(level, sha256);
  }
  return {
    root: level[0] as Uint8Array,
    pathOf: (index) => {
      if (!Number.isInteger(index) || index < 0 || index >= leaves.length)
        throw new RangeError(`there is no leaf ${index} among ${leaves.length}`);
      return levels.flatMap((nodes, height) => nodes[(index >> height) ^ 1] ?? []);
    },
  };
}

function levelAbove(level: readonly Uint8Array[], sha256: Sha256): Uint8Array[] {
  const above: Uint8Array[] = [];
  for (let at = 0; at < level.length; at += 2) {
    const [left, right] = [level[at] as Uint8Array, level[at + 1]];
    above.push(right === undefined ? left : innerHash(left, right, sha256));
  }
  return above;
}

function innerHash(left: Uint8Array, right: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(INNER, left, right));
}

/**
 * The root to which a path leads from a leaf, by the steps of RFC 9162, section 2.1.3.2.
 *
 * @param leaf its hash, 32 bytes
 * @param path the hashes from the leaf to the root, the lowest first
 * @returns undefined if there is no such leaf in a tree of this size, if the path is longer or shorter than
 *   that leaf's, or if a hash does not have 32 bytes
 */
export function rootFromPath(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
  sha256: Sha256 = portableSha256,
): Uint8Array | undefined {
  if (!Number.isSafeInteger(size) || !Number.isInteger(index) || index < 0 || index >= size) return undefined;
  if ([leaf, ...path].some(({ length }) => length !== HASH_BYTES)) return undefined;
  let hash = leaf;
  let at = index;
  let last = size - 1;
  for (const other of path) {
    if (last === 0) return undefined;
    // The last node of a level with an odd number of nodes moves up until it has a sibling at its left.
    while (at === last && at % 2 === 0) {
      at /= 2;
      last /= 2;
    }
    hash = at % 2 === 1 ? innerHash(other, hash, sha256) : innerHash(hash, other, sha256);
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? hash : undefined;
}
