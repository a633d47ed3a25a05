// X25519 (RFC 7748) as the KEMs here need it. It is a parameter, because the platform's implementation is
// several times faster than the portable one and a controller seals for every node in every epoch. The
// portable one is the default.

import { x25519 } from '@noble/curves/ed25519.js';

/** Deterministic and synchronous. Results belong to the caller, who wipes them. */
export interface X25519 {
  /** X25519(secret, 9), section 5. `secret` is 32 bytes, clamped by the function. */
  publicKeyOf(secret: Uint8Array): Uint8Array;
  /** X25519(secret, publicKey), section 5. It may return zeros, which the caller refuses, or throw. */
  sharedSecretOf(secret: Uint8Array, publicKey: Uint8Array): Uint8Array;
}

const BASE_POINT = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 9 : 0));

/**
 * X25519 by @noble/curves, with the Montgomery ladder for both functions. The library's `getPublicKey` is
 * quicker, but it draws random bytes from the platform for blinding.
 */
export const portableX25519: X25519 = {
  publicKeyOf: (secret) => x25519.scalarMult(secret, BASE_POINT),
  sharedSecretOf: (secret, publicKey) => x25519.scalarMult(secret, publicKey),
};

/**
 * The shared secret of two parties, never zero.
 * @throws Error for a point of low order (RFC 7748, section 6.1; RFC 9180, section 7.1.4). It has no code:
 *   opening turns it into `cannot_open`, and sealing has checked the key before.
 */
export function diffieHellman(implementation: X25519, secret: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const shared = implementation.sharedSecretOf(secret, publicKey);
  if (shared.every((byte) => byte === 0)) throw new Error('X25519 gave zeros');
  return shared;
}
