// The hashes of the log's Merkle tree (RFC 6962 section 2.1, SHA-256). The first byte separates leaves from
// inner nodes, so that no entry can pass for an inner node.

import { innerHash, portableSha256, type Sha256 } from '@mesh/primitives';
import { AuditError } from '../audit-error.ts';

export const TREE_HASH_LENGTH_BYTES = 32;

/** `SHA-256(0x00 ‖ entry)`, 32 bytes, owned by the caller. */
export function leafHash(entryBytes: Uint8Array, sha256: Sha256 = portableSha256): Uint8Array {
  // The first byte stays 0x00, the prefix of a leaf.
  const message = new Uint8Array(1 + entryBytes.length);
  message.set(entryBytes, 1);
  return sha256(message);
}

/**
 * `SHA-256(0x01 ‖ left ‖ right)`, 32 bytes, owned by the caller.
 * @throws AuditError `wrong_length` unless both have 32 bytes
 */
export function nodeHash(left: Uint8Array, right: Uint8Array, sha256: Sha256 = portableSha256): Uint8Array {
  checkTreeHash(left);
  checkTreeHash(right);
  return innerHash(left, right, sha256);
}

/** `SHA-256("")`, the root of the empty tree. */
export function emptyTreeRoot(): Uint8Array {
  return portableSha256(new Uint8Array(0));
}

/** @throws AuditError `wrong_length` */
export function checkTreeHash(hash: Uint8Array): void {
  if (hash.length !== TREE_HASH_LENGTH_BYTES) {
    throw new AuditError('wrong_length', 'a tree hash has 32 bytes; pass leafHash(entry), not the entry');
  }
}
