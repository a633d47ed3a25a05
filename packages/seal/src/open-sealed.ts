// Opening: HPKE's one-shot OpenBase (RFC 9180, section 6.1). Whatever is wrong with the message, the error is the same:
// a sender learns nothing from what a receiver says.

import { wipe } from '@mesh/primitives';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import type { KemPrivateKey } from './kem-key-pair.ts';
import { scheduleMessageKey, TAG_LENGTH_BYTES } from './key-schedule.ts';
import { SealError } from './seal-error.ts';
import { kemOf, type SealSuite } from './suites.ts';
import { portableX25519, type X25519 } from './x25519.ts';

export interface OpenInput {
  /** As the message says it was sealed. */
  readonly suite: SealSuite;
  readonly privateKey: KemPrivateKey;
  readonly info: Uint8Array;
  readonly aad: Uint8Array;
  /** enc ‖ ciphertext ‖ tag. */
  readonly sealed: Uint8Array;
}

/**
 * Opens what `sealTo` sealed to the key's public half with the same info and aad.
 * @returns the plaintext, owned by the caller, who wipes it
 * @throws SealError `cannot_open` for any other message: cut short, changed, for another key, suite, info or aad;
 *   `disposed` for a private key that is gone
 */
export function openSealed(input: OpenInput, x25519: X25519 = portableX25519): Uint8Array {
  const { suite, privateKey, info, aad, sealed } = input;
  return privateKey.use((secret, publicKey) => {
    if (suite !== privateKey.suite) throw cannotOpen();
    const kem = kemOf(suite, x25519);
    if (sealed.length < kem.encLengthBytes + TAG_LENGTH_BYTES) throw cannotOpen();
    const toWipe: Uint8Array[] = [];
    try {
      const sharedSecret = kem.decapsulate(sealed.subarray(0, kem.encLengthBytes), secret, publicKey);
      toWipe.push(sharedSecret);
      const { key, nonce } = scheduleMessageKey(suite, sharedSecret, info);
      toWipe.push(key, nonce);
      // The tag is compared, in constant time, before anything is decrypted.
      return chacha20poly1305(key, nonce, aad).decrypt(sealed.subarray(kem.encLengthBytes));
    } catch {
      // A refused point of the KEM or a wrong tag. The cause is left out on purpose.
      throw cannotOpen();
    } finally {
      toWipe.forEach(wipe);
    }
  });
}

function cannotOpen(): SealError {
  return new SealError(
    'cannot_open',
    'this cannot be opened with this key; send the current public key and ask again',
  );
}
