// The X25519 half of a key to seal to. A key id names the bytes, so each key must have exactly one encoding.

import { findX25519PublicKeyFault } from '@mesh/primitives';
import { SealError } from './seal-error.ts';

export const X25519_LENGTH_BYTES = 32;

/** @throws SealError `invalid_public_key` */
export function checkX25519PublicKey(publicKey: Uint8Array): void {
  const fault = findX25519PublicKeyFault(publicKey);
  if (fault === 'low_order') {
    throw new SealError('invalid_public_key', 'an X25519 public key of low order: make a new key pair');
  }
  if (fault !== undefined) {
    throw new SealError(
      'invalid_public_key',
      'not a canonical X25519 public key: send the 32 bytes as they were made, reduced and with the top bit clear',
    );
  }
}
