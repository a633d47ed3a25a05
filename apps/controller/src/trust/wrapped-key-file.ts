// The file of a master key that only the key in a PKCS#11 token opens:
//
//   "mesh-pkcs11-1\n" (14) ‖ IV (12) ‖ AES-256-GCM(token's key, IV, aad, master key): 32 + tag (16)
//
// The aad is the first line, so that the bytes open as nothing else.

import { randomBytes } from 'node:crypto';
import { SecretBytes, utf8, wipe } from '@mesh/primitives';
import { ControllerError } from '../errors/controller-error.ts';
import type { TokenKey } from './pkcs11-token.ts';

const HEAD = utf8('mesh-pkcs11-1\n');
const IV_BYTES = 12;
const TAG_BYTES = 16;

export const isWrapped = (file: Uint8Array): boolean => HEAD.every((byte, at) => file[at] === byte);

/** @returns the content of the file, which is no secret without the token */
export function wrapKey(token: TokenKey, key: SecretBytes): Uint8Array {
  const iv = new Uint8Array(randomBytes(IV_BYTES));
  return new Uint8Array(Buffer.concat([HEAD, iv, key.use((bytes) => token.encrypt(iv, HEAD, bytes))]));
}

/**
 * @param path for messages
 * @returns the key, which the caller disposes of
 * @throws ControllerError `usage` if the file is another one, or was wrapped by another key
 */
export function unwrapKey(token: TokenKey, file: Uint8Array, keyBytes: number, path: string): SecretBytes {
  const length = HEAD.length + IV_BYTES + keyBytes + TAG_BYTES;
  if (!isWrapped(file) || file.length !== length)
    throw new ControllerError(
      'usage',
      `${path} is no master key that a token wrapped: point master_key_file at that file, leave master_key_pkcs11 out for a plain key, or run mesh-controller rotate-master-key, which puts one in its place that the token wraps`,
    );
  const iv = file.subarray(HEAD.length, HEAD.length + IV_BYTES);
  let key: Uint8Array;
  try {
    key = token.decrypt(iv, HEAD, file.subarray(HEAD.length + IV_BYTES));
  } catch (cause) {
    throw new ControllerError(
      'usage',
      `the key in the token does not open ${path}: restore the file that it wrapped, or name the key that wrapped it with master_key_pkcs11.key`,
      { cause },
    );
  }
  if (key.length === keyBytes) return SecretBytes.own(key);
  wipe(key);
  throw new ControllerError('usage', `${path} holds no master key: restore a copy of it`);
}
