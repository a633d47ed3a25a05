// Ed25519 and X25519 are one curve in two forms. The usual map (RFC 7748, section 4.1) turns an Ed25519
// public key into the X25519 key of the same secret scalar, so one secret can be behind two keys that look
// unrelated.

import { ed25519 } from '@noble/curves/ed25519.js';

/**
 * The X25519 public key of the secret scalar behind an Ed25519 public key, 32 bytes in new memory.
 *
 * @returns undefined if the bytes are no Ed25519 point, or a point that the map does not take
 */
export function montgomeryForm(ed25519PublicKey: Uint8Array): Uint8Array | undefined {
  try {
    return ed25519.utils.toMontgomery(ed25519PublicKey);
  } catch {
    return undefined;
  }
}
