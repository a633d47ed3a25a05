// Converts a public key to the form in messages.

import type { KeyObject } from 'node:crypto';

/** Its 32 bytes, of Ed25519 or X25519, in base64. */
export function rawPublicKey(key: KeyObject): string {
  const { x } = key.export({ format: 'jwk' });
  return Buffer.from(x ?? '', 'base64url').toString('base64');
}
