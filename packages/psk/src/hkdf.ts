// HKDF with SHA-256 (RFC 5869), as far as the key schedule needs it: every output is 32 bytes, so Expand is its first
// block, T(1) = HMAC(PRK, info ‖ 0x01) (section 2.3).

import type { KeyedHmac, PskHash } from './hash.ts';

export const HASH_LENGTH_BYTES = 32;

/** The counter byte of T(1), which ends every message to Expand. */
export const FIRST_BLOCK = 0x01;

/** HKDF-Extract (RFC 5869 section 2.2): 32 bytes, owned by the caller, who wipes them. */
export function hkdfExtract(hash: PskHash, salt: Uint8Array, ikm: Uint8Array): Uint8Array {
  const keyed = hash.keyHmac(salt);
  const prk = new Uint8Array(HASH_LENGTH_BYTES);
  keyed.tagInto(ikm, prk);
  keyed.destroy();
  return prk;
}

/** HKDF-Expand to 32 bytes (RFC 5869 section 2.3), owned by the caller. */
export function hkdfExpand32(keyedByPrk: KeyedHmac, info: Uint8Array): Uint8Array {
  const message = new Uint8Array(info.length + 1);
  message.set(info);
  message[info.length] = FIRST_BLOCK;
  const okm = new Uint8Array(HASH_LENGTH_BYTES);
  keyedByPrk.tagInto(message, okm);
  return okm;
}
