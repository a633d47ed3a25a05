// The Ed25519 keys with which the controller signs.

import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { rawPublicKeyOf } from '@mesh/host';
import { encodeBase64, wipe } from '@mesh/primitives';
import type { Sign } from '@mesh/protocol';

export interface SigningKey {
  /** Strict base64. */
  readonly publicKey: string;
  readonly sign: Sign;
}

/** @returns a new private key as PKCS #8 DER, which the caller seals and wipes */
export function newSigningKey(): Uint8Array {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' });
}

/** @param pkcs8 is zeroed */
export function openSigningKey(pkcs8: Uint8Array): SigningKey {
  const key = toKeyObject(pkcs8);
  return {
    publicKey: encodeBase64(rawPublicKeyOf(key)),
    sign: (message) => sign(null, message, key),
  };
}

function toKeyObject(pkcs8: Uint8Array): KeyObject {
  try {
    // A view and not a copy, which would stay.
    const key = Buffer.from(pkcs8.buffer, pkcs8.byteOffset, pkcs8.byteLength);
    return createPrivateKey({ key, type: 'pkcs8', format: 'der' });
  } finally {
    wipe(pkcs8);
  }
}
