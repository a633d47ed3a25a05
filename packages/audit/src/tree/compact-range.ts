// Computes the root of a growing log without keeping the log. For a tree of n leaves it keeps only the roots
// of the perfect subtrees, one for each 1 in the binary form of n, largest first. To append and to compute
// the root cost O(log n).

import { concatBytes, copyBytes, portableSha256, type Sha256, uint64be } from '@mesh/primitives';
import { AuditError } from '../audit-error.ts';
import { checkTreeHash, emptyTreeRoot, nodeHash, TREE_HASH_LENGTH_BYTES } from './tree-hashes.ts';

const SIZE_LENGTH_BYTES = 8;

export class CompactRange {
  readonly #sha256: Sha256;
  #size = 0;
  /** Roots of the perfect subtrees, largest and leftmost first. */
  #subtrees: Uint8Array[] = [];

  constructor(sha256: Sha256 = portableSha256) {
    this.#sha256 = sha256;
  }

  /** How many leaves it represents. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds the next leaf. The hash is copied.
   * @param leaf `leafHash(entryBytes)`
   * @throws AuditError `wrong_length`
   */
  append(leaf: Uint8Array): void {
    checkTreeHash(leaf);
    let root = copyBytes(leaf);
    // Each trailing 1 of the old size is a perfect subtree as large as the one that was just completed.
    for (let size = this.#size; size % 2 === 1; size = (size - 1) / 2) {
      root = nodeHash(this.#subtrees.pop() as Uint8Array, root, this.#sha256);
    }
    this.#subtrees.push(root);
    this.#size += 1;
  }

  /** The tree's root (RFC 6962 section 2.1), 32 bytes, owned by the caller. */
  root(): Uint8Array {
    const smallestFirst = this.#subtrees.toReversed();
    const [smallest, ...larger] = smallestFirst;
    if (smallest === undefined) return emptyTreeRoot();
    return larger.reduce((right, left) => nodeHash(left, right, this.#sha256), copyBytes(smallest));
  }

  /** An independent copy, for appending entries that may have to be taken back. */
  clone(): CompactRange {
    const copy = new CompactRange(this.#sha256);
    copy.#size = this.#size;
    // Subtree roots are never changed in place, so they can be shared.
    copy.#subtrees = [...this.#subtrees];
    return copy;
  }

  /** `uint64be(size) ‖ subtree roots`, 32 bytes each, largest first; owned by the caller. */
  toBytes(): Uint8Array {
    return concatBytes(uint64be(this.#size), ...this.#subtrees);
  }

  /**
   * Restores what `toBytes` gave. It cannot check whether the hashes belong to a log: compare `root()` with a
   * root that you trust.
   * @throws AuditError `invalid_compact_range` if size and length do not match
   */
  static fromBytes(bytes: Uint8Array, sha256: Sha256 = portableSha256): CompactRange {
    if (bytes.length < SIZE_LENGTH_BYTES) throw invalid();
    const size = Number(new DataView(bytes.buffer, bytes.byteOffset, SIZE_LENGTH_BYTES).getBigUint64(0));
    if (!Number.isSafeInteger(size)) throw invalid();
    const subtrees = onesInBinary(size);
    if (bytes.length !== SIZE_LENGTH_BYTES + subtrees * TREE_HASH_LENGTH_BYTES) throw invalid();
    const range = new CompactRange(sha256);
    range.#size = size;
    for (let i = 0; i < subtrees; i++) {
      const at = SIZE_LENGTH_BYTES + i * TREE_HASH_LENGTH_BYTES;
      range.#subtrees.push(copyBytes(bytes.subarray(at, at + TREE_HASH_LENGTH_BYTES)));
    }
    return range;
  }
}

/** By division, because sizes may exceed the 32 bits of JavaScript's bit operators. */
function onesInBinary(n: number): number {
  let ones = 0;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2;
  return ones;
}

function invalid(): AuditError {
  return new AuditError(
    'invalid_compact_range',
    'not a compact range: expected uint64be(size) and 32 bytes for each 1 in the binary form of size',
  );
}
