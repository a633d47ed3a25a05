// Ed25519 by the platform's own library, beneath the strict rules of @mesh/primitives: OpenSSL compares R
// bytewise and uses no cofactor. Every removal waits for a config's signature check, so a factor of ten
// matters here.

import { type KeyObject, verify } from 'node:crypto';
import { publicKeyFromRaw } from '@mesh/host';
import type { Ed25519Verify } from '@mesh/primitives';

let cached: { readonly raw: Uint8Array; readonly key: KeyObject } | undefined;

export const verifyWithPlatform: Ed25519Verify = (signature, message, publicKey) => {
  // One controller, one key: importing it costs as much as verifying.
  if (cached === undefined || Buffer.compare(cached.raw, publicKey) !== 0) {
    cached = { raw: publicKey.slice(), key: publicKeyFromRaw('ed25519', publicKey) };
  }
  return verify(null, message, cached.key, signature);
};
