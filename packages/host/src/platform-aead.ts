// ChaCha20-Poly1305 (RFC 8439) by the platform: many times faster than portable code, and in constant time.
// OpenSSL clears its copy of the key after each message. It fits the `Aead` parameter of @mesh/seal.

import { createCipheriv, createDecipheriv } from 'node:crypto';

const CIPHER = 'chacha20-poly1305';
const TAG_LENGTH_BYTES = 16;
const OPTIONS = { authTagLength: TAG_LENGTH_BYTES };

/** Keys are 32 raw bytes, nonces 12. Results are in new memory, which the caller wipes. */
export const platformAead = {
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const cipher = createCipheriv(CIPHER, key, nonce, OPTIONS);
    cipher.setAAD(aad, { plaintextLength: plaintext.length });
    const sealed = new Uint8Array(plaintext.length + TAG_LENGTH_BYTES);
    sealed.set(cipher.update(plaintext));
    cipher.final();
    sealed.set(cipher.getAuthTag(), plaintext.length);
    return sealed;
  },

  /** Throws if the tag is wrong. */
  open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array {
    const length = sealed.length - TAG_LENGTH_BYTES;
    const decipher = createDecipheriv(CIPHER, key, nonce, OPTIONS);
    decipher.setAAD(aad, { plaintextLength: length });
    decipher.setAuthTag(sealed.subarray(length));
    const decrypted = decipher.update(sealed.subarray(0, length));
    try {
      decipher.final();
      return new Uint8Array(decrypted);
    } finally {
      decrypted.fill(0);
    }
  },
};
