// The platform's X25519 (OpenSSL), as a caller on Node would pass it. (The README shows the same.)
import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import type { X25519 } from '../src/index.ts';

// RFC 8410: the DER before the 32 bytes of an X25519 key.
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');
const SPKI = Buffer.from('302a300506032b656e032100', 'hex');

function privateKeyOf(secret: Uint8Array) {
  const der = Buffer.concat([PKCS8, secret]);
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } finally {
    der.fill(0);
  }
}

export const nodeX25519: X25519 = {
  publicKeyOf: (secret) =>
    new Uint8Array(
      createPublicKey(privateKeyOf(secret)).export({ format: 'der', type: 'spki' }).subarray(-32),
    ),
  sharedSecretOf: (secret, publicKey) =>
    new Uint8Array(
      diffieHellman({
        privateKey: privateKeyOf(secret),
        publicKey: createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' }),
      }),
    ),
};
