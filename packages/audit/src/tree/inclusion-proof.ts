// Proofs that an entry is in a tree of a given size and root: RFC 6962, section 2.1.1; verified by the steps
// of RFC 9162, section 2.1.3.2.

import { equalBytes, portableSha256, rootFromPath, type Sha256 } from '@mesh/primitives';
import { AuditError } from '../audit-error.ts';
import { checkTreeSize, type ReadSubtree, rangeRoot, splitPoint } from './subtrees.ts';

/**
 * The path from leaf `index` to the root of the tree of `size` leaves: 32 bytes each, the leaf's sibling
 * first. It reads O(log size) subtrees.
 *
 * @throws AuditError `out_of_range` if the tree has no such leaf
 */
export function proveInclusion(
  index: number,
  size: number,
  read: ReadSubtree,
  sha256: Sha256 = portableSha256,
): Uint8Array[] {
  checkTreeSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size)
    throw new AuditError('out_of_range', 'a leaf has an index from 0 that is below the size of the tree');
  const fromTheRoot: Uint8Array[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    if (index < middle) {
      fromTheRoot.push(rangeRoot(middle, end, read, sha256));
      end = middle;
    } else {
      fromTheRoot.push(rangeRoot(start, middle, read, sha256));
      start = middle;
    }
  }
  return fromTheRoot.reverse();
}

export interface InclusionClaim {
  /** `leafHash(entryBytes)`, 32 bytes. */
  readonly leaf: Uint8Array;
  readonly index: number;
  /** Of the tree whose root is `root`. */
  readonly size: number;
  /** 32 bytes each, the leaf's sibling first. */
  readonly path: readonly Uint8Array[];
  /** The root that you trust, 32 bytes. */
  readonly root: Uint8Array;
}

/**
 * Whether the path leads from the leaf to the root. False for anything malformed.
 *
 * A root does not contain its size, and the way of a leaf can be the same in trees of several sizes. So take
 * size and root from one checkpoint.
 */
export function verifyInclusion(claim: InclusionClaim, sha256: Sha256 = portableSha256): boolean {
  const root = rootFromPath(claim.leaf, claim.index, claim.size, claim.path, sha256);
  return root !== undefined && equalBytes(root, claim.root);
}
