// Verifies Ed25519 with the platform's library, under the strict rules of @mesh/primitives: OpenSSL compares
// R bytewise and uses no cofactor. The platform is ten times faster, which matters because every removal
// waits for the signature check of a config.

import { type KeyObject, verify } from 'node:crypto';
import { publicKeyFromRaw } from '@mesh/host';
import type { Ed25519Verify } from '@mesh/primitives';

let cached: { readonly raw: Uint8Array; readonly key: KeyObject } | undefined;

export const verifyWithPlatform: Ed25519Verify = (signature, message, publicKey) => {
  // There is one controller with one key, so the imported key is kept. Importing costs as much as verifying.
  if (cached === undefined || Buffer.compare(cached.raw, publicKey) !== 0) {
    cached = { raw: publicKey.slice(), key: publicKeyFromRaw('ed25519', publicKey) };
  }
  return verify(null, message, cached.key, signature);
};
