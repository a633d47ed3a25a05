// Turns raw keys of 32 bytes into key objects of node:crypto, and back. DER puts a fixed head before the raw
// key (RFC 8410, section 4 for public keys, section 7 for private ones):
//
//   SubjectPublicKeyInfo = head[12] ‖ public key[32]
//   PKCS #8              = head[16] ‖ private key[32] (the seed, for Ed25519)

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { HostError } from './host-error.ts';

export type RawKeyType = 'ed25519' | 'x25519';

const PUBLIC_HEAD: Readonly<Record<RawKeyType, Buffer>> = {
  ed25519: Buffer.from('302a300506032b6570032100', 'hex'),
  x25519: Buffer.from('302a300506032b656e032100', 'hex'),
};
const PRIVATE_HEAD: Readonly<Record<RawKeyType, Buffer>> = {
  ed25519: Buffer.from('302e020100300506032b657004220420', 'hex'),
  x25519: Buffer.from('302e020100300506032b656e04220420', 'hex'),
};
const KEY_LENGTH_BYTES = 32;

/**
 * `secret` is not changed, and the caller wipes it. This function wipes its own copy. OpenSSL clears its copy
 * when the key object is collected.
 *
 * @param secret 32 bytes
 * @throws HostError `invalid_argument` for any other length
 */
export function privateKeyFromRaw(type: RawKeyType, secret: Uint8Array): KeyObject {
  checkLength(type, secret);
  const head = PRIVATE_HEAD[type];
  // Not Buffer.concat: it may take its memory from Node's shared pool.
  const key = Buffer.alloc(head.length + KEY_LENGTH_BYTES);
  try {
    key.set(head);
    key.set(secret, head.length);
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  } finally {
    key.fill(0);
  }
}

/**
 * @param raw 32 bytes. Ed25519 keys are not checked here: see `checkEd25519PublicKey` of @mesh/primitives.
 * @throws HostError `invalid_argument` for any other length
 */
export function publicKeyFromRaw(type: RawKeyType, raw: Uint8Array): KeyObject {
  checkLength(type, raw);
  return createPublicKey({ key: Buffer.concat([PUBLIC_HEAD[type], raw]), format: 'der', type: 'spki' });
}

/** The 32 bytes of an Ed25519 or X25519 public key, in new memory. For a private key, its public half. */
export function rawPublicKeyOf(key: KeyObject): Uint8Array {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-KEY_LENGTH_BYTES));
}

/** OpenSSL alone would accept a private key with extra bytes. */
function checkLength(type: RawKeyType, key: Uint8Array): void {
  if (key.length !== KEY_LENGTH_BYTES)
    throw new HostError(
      'invalid_argument',
      `a raw ${type} key has ${KEY_LENGTH_BYTES} bytes, not ${key.length}: decode it before passing it`,
    );
}
