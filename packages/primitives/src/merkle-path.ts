// What everything that reads a Merkle tree of RFC 6962, section 2.1, shares: the hash of an inner node, and
// the root to which a path leads.

import { portableSha256, type Sha256 } from './sha256.ts';

const HASH_BYTES = 32;
/** The first byte of what is hashed. A leaf is the hash of what begins with 0x00. */
const INNER_PREFIX = 0x01;

/**
 * `SHA-256(0x01 ‖ left ‖ right)`, owned by the caller.
 *
 * @param left 32 bytes, like `right`
 */
export function innerHash(left: Uint8Array, right: Uint8Array, sha256: Sha256 = portableSha256): Uint8Array {
  const message = new Uint8Array(1 + 2 * HASH_BYTES);
  message[0] = INNER_PREFIX;
  message.set(left, 1);
  message.set(right, 1 + HASH_BYTES);
  return sha256(message);
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
