// X25519 (RFC 7748) as the KEMs here need it. The platform's own is several times faster than the portable one, and a
// controller seals for every node in every epoch: so it is a parameter, with the portable one as its default.

import { x25519 } from '@noble/curves/ed25519.js';

/** Deterministic, synchronous; what it returns belongs to the caller, who wipes it. */
export interface X25519 {
  /** X25519(secret, 9), section 5. `secret` is 32 bytes, clamped by the function. */
  publicKeyOf(secret: Uint8Array): Uint8Array;
  /** X25519(secret, publicKey), section 5. A result of zeros is for the caller to refuse; throwing is fine too. */
  sharedSecretOf(secret: Uint8Array, publicKey: Uint8Array): Uint8Array;
}

const BASE_POINT = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 9 : 0));

/**
 * @noble/curves, both ways by the Montgomery ladder. Its own `getPublicKey` takes another way, quicker, but blinded
 * with random bytes that it draws from the platform.
 */
export const portableX25519: X25519 = {
  publicKeyOf: (secret) => x25519.scalarMult(secret, BASE_POINT),
  sharedSecretOf: (secret, publicKey) => x25519.scalarMult(secret, publicKey),
};

/**
 * The shared secret of two parties, never zero.
 * @throws Error for a point of low order (RFC 7748, section 6.1; RFC 9180, section 7.1.4). It has no code: whoever
 *   opens turns it into `cannot_open`, and whoever seals has checked the key before.
 */
export function diffieHellman(implementation: X25519, secret: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const shared = implementation.sharedSecretOf(secret, publicKey);
  if (shared.every((byte) => byte === 0)) throw new Error('X25519 gave zeros');
  return shared;
}
