// ChaCha20-Poly1305 (RFC 8439) as the contexts here need it. The platform's own is many times faster than the portable
// one and keeps no copies of the key: so it is a parameter, with the portable one as its default.

import { chacha20poly1305 } from '@noble/ciphers/chacha.js';

/** Deterministic, synchronous; keeps nothing that it is given; what it returns is new and the caller's. */
export interface Aead {
  /** @returns ciphertext ‖ tag[16] */
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** Throws anything at all where the tag is wrong, before or after decrypting, and gives nothing out then. */
  open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array;
}

/** @noble/ciphers. It copies the key within the engine's memory for each message, where it stays until that is used again. */
export const portableAead: Aead = {
  seal: (key, nonce, aad, plaintext) => chacha20poly1305(key, nonce, aad).encrypt(plaintext),
  open: (key, nonce, aad, sealed) => chacha20poly1305(key, nonce, aad).decrypt(sealed),
};
