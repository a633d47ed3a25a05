// A Merkle tree over leaves that are all in memory. It is the tree of RFC 6962, section 2.1, with SHA-256:
// where a level has an odd number of nodes, the last one moves up as it is.

import { innerHash } from './merkle-path.ts';
import { portableSha256, type Sha256 } from './sha256.ts';

export interface MerkleTree {
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
export function merkleTree(leaves: readonly Uint8Array[], sha256: Sha256 = portableSha256): MerkleTree {
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
