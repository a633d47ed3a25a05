// X25519 (RFC 7748) by the platform: several times faster than portable code, and in constant time. It fits
// the `X25519` parameter of @mesh/seal.

import { diffieHellman } from 'node:crypto';
import { privateKeyFromRaw, publicKeyFromRaw, rawPublicKeyOf } from './raw-keys.ts';

/** Deterministic. Keys are 32 raw bytes. Results are in new memory, which the caller wipes. */
export const platformX25519 = {
  publicKeyOf(secret: Uint8Array): Uint8Array {
    return rawPublicKeyOf(privateKeyFromRaw('x25519', secret));
  },
  /** @throws an error of node:crypto for a public key of low order */
  sharedSecretOf(secret: Uint8Array, publicKey: Uint8Array): Uint8Array {
    const shared = diffieHellman({
      privateKey: privateKeyFromRaw('x25519', secret),
      publicKey: publicKeyFromRaw('x25519', publicKey),
    });
    const copy = new Uint8Array(shared);
    shared.fill(0);
    return copy;
  },
};
