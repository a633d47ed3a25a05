// A node's key-encapsulation public key as a value, as text (what it sends, signed, with its benchmarks) and
// by its id.
//
//   text     suite ":" base64(publicKey)        "mesh/seal/v1/x-wing:Kx3…=="
//   key id   base64url(SHA-256(lp("mesh/seal/v1/key-id") ‖ lp(suite) ‖ publicKey)[0..16])       22 characters
//
// The text carries the suite's whole versioned id. A controller that does not know the suite can say so, and
// never takes bytes of another kind for a key.

import { concatBytes, decodeBase64, encodeBase64, encodeBase64Url, lengthPrefixed } from '@mesh/primitives';
import { sha256 } from '@noble/hashes/sha2.js';
import { SealError } from './seal-error.ts';
import { kemOf, parseSealSuite, type SealSuite } from './suites.ts';

declare const brand: unique symbol;

/** Names one public key in one suite: 22 characters of base64url. */
export type KemKeyId = string & { readonly [brand]: 'KemKeyId' };

export interface KemPublicKey {
  readonly suite: SealSuite;
  readonly publicKey: Uint8Array;
}

const KEY_ID_PREFIX = lengthPrefixed('mesh/seal/v1/key-id');
const KEY_ID_LENGTH_BYTES = 16;

/**
 * Refuses bytes that are not a public key of the suite: a wrong length, an unreduced or non-canonical
 * encoding, an X25519 point of low order. It needs no curve arithmetic, and refuses everything that `sealTo`
 * would refuse.
 * @throws SealError `unknown_suite`, `wrong_length`, `invalid_public_key`
 */
export function checkKemPublicKey(suite: SealSuite, publicKey: Uint8Array): void {
  kemOf(suite).checkPublicKey(publicKey);
}

/** @throws SealError `unknown_suite`, `wrong_length`, `invalid_public_key` */
export function encodeKemPublicKey({ suite, publicKey }: KemPublicKey): string {
  checkKemPublicKey(suite, publicKey);
  return `${suite}:${encodeBase64(publicKey)}`;
}

/**
 * Reads and checks the text. One key has one text: canonical base64 of a canonical key.
 * @throws SealError `unknown_suite`, `wrong_length`, `invalid_public_key`
 */
export function parseKemPublicKey(text: unknown): KemPublicKey {
  if (typeof text !== 'string') {
    throw new SealError('invalid_public_key', 'a key-encapsulation key is text: SUITE:BASE64');
  }
  const colon = text.indexOf(':');
  const suite = parseSealSuite(text.slice(0, Math.max(colon, 0)));
  const publicKey = decodeKey(text.slice(colon + 1));
  checkKemPublicKey(suite, publicKey);
  return { suite, publicKey };
}

/** @throws SealError `unknown_suite`, `wrong_length` */
export function kemKeyId(suite: SealSuite, publicKey: Uint8Array): KemKeyId {
  const kem = kemOf(suite);
  if (publicKey.length !== kem.publicKeyLengthBytes) {
    throw new SealError('wrong_length', `a public key of ${suite} has ${kem.publicKeyLengthBytes} bytes`);
  }
  const digest = sha256(concatBytes(KEY_ID_PREFIX, lengthPrefixed(suite), publicKey));
  return encodeBase64Url(digest.subarray(0, KEY_ID_LENGTH_BYTES)) as KemKeyId;
}

function decodeKey(base64: string): Uint8Array {
  try {
    return decodeBase64(base64);
  } catch {
    throw new SealError('invalid_public_key', 'the key behind the colon is not canonical, padded base64');
  }
}
