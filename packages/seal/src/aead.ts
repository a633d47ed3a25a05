// The interface of ChaCha20-Poly1305 (RFC 8439) for the contexts of this package. It is a parameter, because
// the platform's implementation is many times faster than the portable one and keeps no copies of the key.
// The portable one is the default.

import { chacha20poly1305 } from '@noble/ciphers/chacha.js';

/**
 * Deterministic and synchronous. It keeps none of its arguments; results are new and belong to the caller.
 */
export interface Aead {
  /** @returns ciphertext ‖ tag[16] */
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** If the tag is wrong it throws any error, before or after decrypting, and returns no plaintext. */
  open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array;
}

/**
 * ChaCha20-Poly1305 by @noble/ciphers. For each message it copies the key inside the engine's memory, where
 * the copy stays until that memory is reused.
 */
export const portableAead: Aead = {
  seal: (key, nonce, aad, plaintext) => chacha20poly1305(key, nonce, aad).encrypt(plaintext),
  open: (key, nonce, aad, sealed) => chacha20poly1305(key, nonce, aad).decrypt(sealed),
};
