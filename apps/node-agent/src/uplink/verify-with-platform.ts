// Ed25519 by the platform's own library, beneath the strict rules of @mesh/primitives: OpenSSL compares R bytewise and
// uses no cofactor. Every removal waits for a config's signature check, so a factor of ten matters here.

import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Ed25519Verify } from '@mesh/primitives';

/** RFC 8410, section 4. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

let cached: { readonly raw: Uint8Array; readonly key: KeyObject } | undefined;

export const verifyWithPlatform: Ed25519Verify = (signature, message, publicKey) => {
  // One controller, one key: importing it costs as much as verifying.
  if (cached === undefined || Buffer.compare(cached.raw, publicKey) !== 0) {
    const der = Buffer.concat([SPKI_HEAD, publicKey]);
    cached = { raw: publicKey.slice(), key: createPublicKey({ key: der, format: 'der', type: 'spki' }) };
  }
  return verify(null, message, cached.key, signature);
};
