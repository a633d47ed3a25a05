// A SHA-256 digest as text.

import { toHex } from './bytes.ts';

declare const brand: unique symbol;

/** 64 lower-case hex digits. */
export type Sha256Hex = string & { readonly [brand]: 'Sha256Hex' };

/**
 * @param digest 32 bytes
 * @throws RangeError for another length
 */
export function sha256Hex(digest: Uint8Array): Sha256Hex {
  if (digest.length !== 32) throw new RangeError('a SHA-256 digest has 32 bytes');
  return toHex(digest) as Sha256Hex;
}
