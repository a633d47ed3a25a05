// Proofs that a tree only grew: RFC 6962, section 2.1.2; verified by the steps of RFC 9162, section 2.1.4.2.
// From the empty tree, and between equal sizes, the proof is empty.

import { equalBytes, portableSha256, type Sha256 } from '@mesh/primitives';
import { AuditError } from '../audit-error.ts';
import { checkTreeSize, type ReadSubtree, rangeRoot, splitPoint } from './subtrees.ts';
import { emptyTreeRoot, nodeHash, TREE_HASH_LENGTH_BYTES } from './tree-hashes.ts';

/**
 * The hashes, 32 bytes each, that lead from the root of the first `oldSize` leaves to the root of the first
 * `newSize`. It reads O(log newSize) subtrees.
 *
 * @throws AuditError `out_of_range` if the old size is above the new one
 */
export function proveConsistency(
  oldSize: number,
  newSize: number,
  read: ReadSubtree,
  sha256: Sha256 = portableSha256,
): Uint8Array[] {
  checkTreeSize(oldSize);
  checkTreeSize(newSize);
  if (oldSize > newSize)
    throw new AuditError('out_of_range', 'the old size of a tree is not above the new one');
  if (oldSize === 0 || oldSize === newSize) return [];
  const fromTheRoot: Uint8Array[] = [];
  let [start, end] = [0, newSize];
  while (oldSize < end) {
    const middle = start + splitPoint(end - start);
    if (oldSize <= middle) {
      fromTheRoot.push(rangeRoot(middle, end, read, sha256));
      end = middle;
    } else {
      fromTheRoot.push(rangeRoot(start, middle, read, sha256));
      start = middle;
    }
  }
  // The verifier knows the old root already: it is left out if it is a subtree of the new tree.
  if (start > 0) fromTheRoot.push(rangeRoot(start, end, read, sha256));
  return fromTheRoot.reverse();
}

export interface ConsistencyClaim {
  readonly oldSize: number;
  /** 32 bytes. */
  readonly oldRoot: Uint8Array;
  readonly newSize: number;
  /** 32 bytes. */
  readonly newRoot: Uint8Array;
  /** 32 bytes each. */
  readonly proof: readonly Uint8Array[];
}

/** Whether the old tree is the beginning of the new one. False for anything malformed. */
export function verifyConsistency(claim: ConsistencyClaim, sha256: Sha256 = portableSha256): boolean {
  const { oldSize, newSize, oldRoot, newRoot, proof } = claim;
  if (![oldSize, newSize].every((size) => Number.isSafeInteger(size) && size >= 0)) return false;
  if (![oldRoot, newRoot, ...proof].every(({ length }) => length === TREE_HASH_LENGTH_BYTES)) return false;
  if (oldSize > newSize) return false;
  if (oldSize === newSize) return proof.length === 0 && equalBytes(oldRoot, newRoot);
  if (oldSize === 0) return proof.length === 0 && equalBytes(oldRoot, emptyTreeRoot());
  return verifyGrowth(claim, sha256);
}

/** The old size is from 1, and below the new one. Names in brackets are RFC 9162's. */
function verifyGrowth(claim: ConsistencyClaim, sha256: Sha256): boolean {
  const { oldSize, newSize, oldRoot, newRoot, proof } = claim;
  if (proof.length === 0) return false;
  const hashes = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof;
  // [fn] and [sn]
  let oldLast = oldSize - 1;
  let newLast = newSize - 1;
  while (oldLast % 2 === 1) [oldLast, newLast] = [half(oldLast), half(newLast)];
  const [first, ...others] = hashes as [Uint8Array, ...Uint8Array[]];
  // [fr] and [sr]
  let rebuiltOld = first;
  let rebuiltNew = first;
  for (const other of others) {
    if (newLast === 0) return false;
    if (oldLast % 2 === 1 || oldLast === newLast) {
      rebuiltOld = nodeHash(other, rebuiltOld, sha256);
      rebuiltNew = nodeHash(other, rebuiltNew, sha256);
      while (oldLast % 2 === 0 && oldLast !== 0) [oldLast, newLast] = [half(oldLast), half(newLast)];
    } else {
      rebuiltNew = nodeHash(rebuiltNew, other, sha256);
    }
    [oldLast, newLast] = [half(oldLast), half(newLast)];
  }
  return newLast === 0 && equalBytes(rebuiltOld, oldRoot) && equalBytes(rebuiltNew, newRoot);
}

const half = (n: number): number => Math.floor(n / 2);

function isPowerOfTwo(n: number): boolean {
  let rest = n;
  while (rest % 2 === 0) rest /= 2;
  return rest === 1;
}
