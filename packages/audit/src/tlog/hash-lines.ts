// Hashes of a proof as lines of base64, one each, as in tlog-proof and tlog-witness.

import { decodeBase64, encodeBase64, PrimitivesError } from '@mesh/primitives';
import { TREE_HASH_LENGTH_BYTES } from '../tree/tree-hashes.ts';

/** No tree below 2^64 leaves has a longer path, and tlog-witness allows no more lines. */
export const MAX_PROOF_HASHES = 63;

/** Each with its newline. */
export function renderHashLines(hashes: readonly Uint8Array[]): string {
  return hashes.map((hash) => `${encodeBase64(hash)}\n`).join('');
}

/** @returns undefined if there are more than 63, or if one is not base64 of 32 bytes */
export function parseHashLines(lines: readonly string[]): Uint8Array[] | undefined {
  if (lines.length > MAX_PROOF_HASHES) return undefined;
  try {
    return lines.map((line) => decodeBase64(line, { lengthBytes: TREE_HASH_LENGTH_BYTES }));
  } catch (cause) {
    if (cause instanceof PrimitivesError) return undefined;
    throw cause;
  }
}
