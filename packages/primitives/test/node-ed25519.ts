// node:crypto (OpenSSL) as a backend of verifyEd25519 and verifyMessage, as an app on Node would pass it.

import { createPublicKey, verify } from 'node:crypto';
import { type Ed25519Verify, encodeBase64Url } from '../src/index.ts';

export const nodeVerify: Ed25519Verify = (signature, message, publicKey) => {
  const key = { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(publicKey) };
  return verify(null, message, createPublicKey({ key, format: 'jwk' }), signature);
};
