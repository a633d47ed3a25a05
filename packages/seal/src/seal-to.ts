// Sealing one message: HPKE's one-shot SealBase (RFC 9180, section 6.1), a context of a single message.
//
//   sealed = enc ‖ ChaCha20-Poly1305(key, base_nonce, aad, plaintext)

import { concatBytes } from '@mesh/primitives';
import { type EncapsulateInput, encapsulateTo } from './encapsulated.ts';
import { type MessageInput, setupSender } from './sender-context.ts';
import { portableX25519, type X25519 } from './x25519.ts';

export interface SealInput extends EncapsulateInput, MessageInput {
  /** What the message is for. It opens only with the same bytes. */
  readonly info: Uint8Array;
}

/**
 * Seals to one public key. Anyone can seal, so only a signature around the message can show who did.
 * @returns enc ‖ ciphertext ‖ tag, the caller's: 48 bytes more than the plaintext with X25519, 1,136 with
 *   X-Wing
 * @throws SealError `unknown_suite`, `wrong_length`, `invalid_public_key`; `spent_randomness` for zeros
 */
export function sealTo(input: SealInput, x25519: X25519 = portableX25519): Uint8Array {
  using context = setupSender(encapsulateTo(input, x25519), input.info);
  return concatBytes(context.enc, context.seal(input).sealed);
}
