// Sealing: HPKE's one-shot SealBase (RFC 9180, section 6.1) with the randomness passed in.
//
//   sealed = enc ‖ ChaCha20-Poly1305(key, base_nonce, aad, plaintext)

import { wipe } from '@mesh/primitives';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { scheduleMessageKey, TAG_LENGTH_BYTES } from './key-schedule.ts';
import { checkLength } from './lengths.ts';
import { refuseSpent } from './spent-randomness.ts';
import { kemOf, type SealSuite } from './suites.ts';
import { portableX25519, type X25519 } from './x25519.ts';

export interface SealInput {
  readonly suite: SealSuite;
  /** The recipient's. */
  readonly publicKey: Uint8Array;
  /** What the message is for: opening asks for the same bytes. See `configSealInfo`. */
  readonly info: Uint8Array;
  /** Bytes that travel in the clear beside it and must not be exchanged; may be empty. */
  readonly aad: Uint8Array;
  /** Stays the caller's, who wipes it. */
  readonly plaintext: Uint8Array;
  /**
   * `encapsulationRandomnessLength(suite)` bytes from a cryptographic random source, new for every call. They are taken
   * over: zero when this returns.
   */
  readonly randomness: Uint8Array;
}

/**
 * Seals to one public key. Anyone can seal: who did is for a signature around it to say.
 * @returns enc ‖ ciphertext ‖ tag, the caller's: 48 bytes more than the plaintext with X25519, 1,136 with X-Wing
 * @throws SealError `unknown_suite`, `wrong_length`, `invalid_public_key`; `spent_randomness` for zeros
 */
export function sealTo(input: SealInput, x25519: X25519 = portableX25519): Uint8Array {
  const { suite, publicKey, info, aad, plaintext, randomness } = input;
  const kem = kemOf(suite, x25519);
  kem.checkPublicKey(publicKey);
  checkLength(`the randomness of sealing to ${suite}`, randomness, kem.randomnessLengthBytes);
  refuseSpent(randomness);
  const toWipe = [randomness];
  try {
    const { enc, sharedSecret } = kem.encapsulate(publicKey, randomness);
    toWipe.push(sharedSecret);
    const { key, nonce } = scheduleMessageKey(suite, sharedSecret, info);
    toWipe.push(key, nonce);
    const sealed = new Uint8Array(enc.length + plaintext.length + TAG_LENGTH_BYTES);
    sealed.set(enc);
    chacha20poly1305(key, nonce, aad).encrypt(plaintext, sealed.subarray(enc.length));
    return sealed;
  } finally {
    toWipe.forEach(wipe);
  }
}
