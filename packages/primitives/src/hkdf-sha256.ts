// HKDF with SHA-256 (RFC 5869), as far as the key schedules need it: no output is longer than 32 bytes, so
// Expand is its first block, T(1) = HMAC(PRK, info ‖ 0x01) (section 2.3). HMAC is a parameter, so that an app
// on Node can pass the platform's.

import { HmacSha256, type KeyedHmac } from './hmac-sha256.ts';

/** Sets HMAC-SHA-256 up under a key. Must not keep `key` itself: the caller wipes it when this returns. */
export type KeyHmac = (key: Uint8Array) => KeyedHmac;

export const HKDF_LENGTH_BYTES = 32;

/** The counter byte of T(1), which ends every message to Expand. */
const FIRST_BLOCK = 0x01;

const portable: KeyHmac = (key) => new HmacSha256(key);

/**
 * HKDF-Extract (RFC 5869, section 2.2). An empty salt means the default salt, because HMAC pads it with
 * zeros.
 * @returns 32 bytes, owned by the caller, who wipes them
 */
export function hkdfExtract(salt: Uint8Array, ikm: Uint8Array, keyHmac: KeyHmac = portable): Uint8Array {
  const keyed = keyHmac(salt);
  try {
    const prk = new Uint8Array(HKDF_LENGTH_BYTES);
    keyed.tagInto(ikm, prk);
    return prk;
  } finally {
    keyed.destroy();
  }
}

/**
 * HKDF-Expand to 32 bytes (RFC 5869, section 2.3). For fewer bytes, take the first ones.
 * @param prk the pseudorandom key, or HMAC under it, which is borrowed
 * @returns 32 bytes, owned by the caller, who wipes them
 */
export function hkdfExpand32(prk: Uint8Array | KeyedHmac, info: Uint8Array): Uint8Array {
  const message = new Uint8Array(info.length + 1);
  message.set(info);
  const okm = new Uint8Array(HKDF_LENGTH_BYTES);
  if (!(prk instanceof Uint8Array)) {
    hkdfExpandInto(prk, message, okm);
    return okm;
  }
  const keyed = portable(prk);
  try {
    hkdfExpandInto(keyed, message, okm);
    return okm;
  } finally {
    keyed.destroy();
  }
}

/**
 * Does the same as `hkdfExpand32` without new memory, for callers that derive thousands of keys.
 * @param message info ‖ one byte, which this sets to the counter
 * @param into where the 32 bytes go
 */
export function hkdfExpandInto(prk: KeyedHmac, message: Uint8Array, into: Uint8Array): void {
  message[message.length - 1] = FIRST_BLOCK;
  prk.tagInto(message, into);
}
