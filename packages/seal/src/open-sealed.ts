// Opening one message: HPKE's one-shot OpenBase (RFC 9180, section 6.1), a context of a single message.

import type { KemPrivateKey } from './kem-key-pair.ts';
import { setupReceiver } from './receiver-context.ts';
import { kemOf, type SealSuite } from './suites.ts';
import { portableX25519, type X25519 } from './x25519.ts';

export interface OpenInput {
  /** The suite that the message names. */
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
 * @throws SealError `cannot_open` for any other message: cut short, changed, for another key, suite, info or
 *   aad; `disposed` for a private key that was disposed of
 */
export function openSealed(input: OpenInput, x25519: X25519 = portableX25519): Uint8Array {
  const { privateKey, info, aad, sealed } = input;
  // The key's suite, because the message may name one that does not exist.
  const lengthBytes = kemOf(privateKey.suite).encLengthBytes;
  const enc = sealed.subarray(0, lengthBytes);
  using context = setupReceiver({ suite: input.suite, privateKey, enc, info }, x25519);
  return context.open({ sequence: 0, aad, sealed: sealed.subarray(lengthBytes) });
}
