// WireGuard keys as branded base64 strings. The three kinds are different types: passing a private key where
// a public one belongs does not compile. One parser makes each, and every renderer runs it again. A
// JavaScript string cannot be zeroed. WireGuard's own texts force strings for private and preshared keys, so
// hold them as bytes for as long as possible and make these strings at the last call.

import { decodeBase64, encodeBase64, findX25519PublicKeyFault, fromHex } from '@mesh/primitives';
import { x25519 } from '@noble/curves/ed25519.js';
import { WgError } from './errors.ts';
import { base64OfHexKey, bytesOfHexKey, hexOfBase64Key } from './key-text.ts';

declare const kind: unique symbol;

export type WgPrivateKey = string & { readonly [kind]: 'private' };
export type WgPublicKey = string & { readonly [kind]: 'public' };
export type WgPresharedKey = string & { readonly [kind]: 'preshared' };

export interface WgKeyKinds {
  readonly private: WgPrivateKey;
  readonly public: WgPublicKey;
  readonly preshared: WgPresharedKey;
}
export type WgKeyKind = keyof WgKeyKinds;

export const WG_KEY_LENGTH_BYTES = 32;

const ZERO_KEY_HEX = '0'.repeat(64);

/**
 * Reads a public key: canonical base64 of 32 bytes that are a reduced u-coordinate with the top bit clear.
 * X25519 accepts others too (RFC 7748, section 5: it masks and reduces), but then one key would have several
 * texts.
 * @throws WgError `invalid_key` for any other text, for the all-zero key and for points of low order.
 */
export function parseWgPublicKey(value: unknown): WgPublicKey {
  publicKeyHex(value);
  return value as WgPublicKey;
}

/**
 * Reads a private key: canonical base64 of 32 bytes, not all zero. It need not be clamped: X25519 clamps when
 * it is used, and so does WireGuard (the interface then shows the clamped form).
 * @throws WgError `invalid_key`. The message never quotes the text.
 */
export function parseWgPrivateKey(value: unknown): WgPrivateKey {
  privateKeyHex(value);
  return value as WgPrivateKey;
}

/**
 * Reads a preshared key: canonical base64 of 32 bytes, not all zero (WireGuard reads all zero as "no
 * preshared key").
 * @throws WgError `invalid_key`. The message never quotes the text.
 */
export function parseWgPresharedKey(value: unknown): WgPresharedKey {
  presharedKeyHex(value);
  return value as WgPresharedKey;
}

/** Validates like {@link parseWgPublicKey} and gives the userspace API's text: 64 lower-case hex digits. */
export function publicKeyHex(value: unknown): string {
  const hex = keyHex('public', value);
  const fault = findX25519PublicKeyFault(fromHex(hex));
  // No handshake with such a "key" can succeed, and all-zero is what WireGuard itself reads as "none".
  if (fault === 'low_order') {
    throw new WgError('invalid_key', 'the public key is a point of low order: make a new key pair');
  }
  if (fault !== undefined) {
    throw new WgError(
      'invalid_key',
      'the public key is not canonical: send the 32 bytes as they were made, below 2^255 - 19',
    );
  }
  return hex;
}

/**
 * The hex of any 32-byte public key, also one that {@link parseWgPublicKey} refuses. A peer that someone
 * added to an interface by hand must stay visible and removable. @throws WgError `invalid_key` for any other
 * text
 */
export function reportedPublicKeyHex(value: unknown): string {
  return keyHex('public', value);
}

/** Validates like {@link parseWgPrivateKey} and gives 64 lower-case hex digits. */
export function privateKeyHex(value: unknown): string {
  return nonZero('private', keyHex('private', value));
}

/** Validates like {@link parseWgPresharedKey} and gives 64 lower-case hex digits. */
export function presharedKeyHex(value: unknown): string {
  return nonZero('preshared', keyHex('preshared', value));
}

/**
 * Reads a key that a device reports in the userspace API's hex. An all-zero private or preshared key, which
 * means "none" there, gives `undefined`. @throws WgError `invalid_key`
 */
export function parseReportedHexKey<K extends WgKeyKind>(keyKind: K, hex: string): WgKeyKinds[K] | undefined {
  const base64 = base64OfHexKey(hex);
  if (base64 === undefined) {
    throw new WgError('invalid_key', `the ${keyKind} key must be 64 lower-case hex digits`);
  }
  return hex === ZERO_KEY_HEX && keyKind !== 'public' ? undefined : (base64 as WgKeyKinds[K]);
}

/**
 * The bytes of a preshared key that a device reports in the userspace API's hex, in a fresh array that the
 * caller zeroes. All zero, which means "none" there, gives `undefined`. @throws WgError `invalid_key`
 */
export function reportedPresharedKeyBytes(hex: string): Uint8Array | undefined {
  const bytes = bytesOfHexKey(hex);
  if (bytes === undefined)
    throw new WgError('invalid_key', 'the preshared key must be 64 lower-case hex digits');
  return hex === ZERO_KEY_HEX ? undefined : bytes;
}

/** X25519 of the base point by a secret of 32 bytes, as 32 bytes. */
export type X25519PublicKeyOf = (secret: Uint8Array) => Uint8Array;

/** Works on every platform. */
export const portablePublicKeyOf: X25519PublicKeyOf = (secret) => x25519.getPublicKey(secret);

/**
 * X25519 of the base point by the private key (RFC 7748, section 5): what `wg pubkey` prints.
 * @param publicKeyOf for callers that have a faster one than the default
 * @throws WgError `invalid_key`
 */
export function wgPublicKeyFromPrivate(
  privateKey: WgPrivateKey,
  publicKeyOf: X25519PublicKeyOf = portablePublicKeyOf,
): WgPublicKey {
  const scalar = wgKeyToBytes(parseWgPrivateKey(privateKey));
  try {
    return encodeBase64(publicKeyOf(scalar)) as WgPublicKey;
  } finally {
    scalar.fill(0);
  }
}

/**
 * Makes a private key out of 32 random bytes as `wg genkey` does: bits cleared and set as in RFC 7748,
 * section 5.
 * @param random32 32 bytes from the operating system; left untouched, the caller zeroes them.
 * @throws WgError `invalid_key` if there are not 32 bytes, or all are zero (a broken random source).
 */
export function clampWgPrivateKey(random32: Uint8Array): WgPrivateKey {
  if (random32.length !== WG_KEY_LENGTH_BYTES || random32.every((byte) => byte === 0)) {
    throw new WgError('invalid_key', 'a private key is made of 32 random bytes from the operating system');
  }
  const scalar = Uint8Array.from(random32);
  scalar[0] = (scalar[0] ?? 0) & 248;
  scalar[31] = ((scalar[31] ?? 0) & 127) | 64;
  const key = encodeBase64(scalar) as WgPrivateKey;
  scalar.fill(0);
  return key;
}

/**
 * The key's 32 raw bytes, in a fresh array that the caller owns (and zeroes, if the key is secret).
 * @throws WgError `invalid_key`
 */
export function wgKeyToBytes(key: WgPrivateKey | WgPublicKey | WgPresharedKey): Uint8Array {
  keyHex('WireGuard', key);
  return decodeBase64(key, { lengthBytes: WG_KEY_LENGTH_BYTES });
}

/**
 * 32 raw bytes → a key of the given kind, by the rules of that kind's parser. The bytes stay the caller's.
 * @throws WgError `invalid_key`
 */
export function wgKeyFromBytes<K extends WgKeyKind>(keyKind: K, bytes: Uint8Array): WgKeyKinds[K] {
  if (!(bytes instanceof Uint8Array) || bytes.length !== WG_KEY_LENGTH_BYTES) {
    throw new WgError('invalid_key', `a ${keyKind} key has exactly ${WG_KEY_LENGTH_BYTES} bytes`);
  }
  return parseKind(keyKind, encodeBase64(bytes));
}

function parseKind<K extends WgKeyKind>(keyKind: K, base64: string): WgKeyKinds[K] {
  const parsers: { readonly [P in WgKeyKind]: (value: unknown) => WgKeyKinds[P] } = {
    private: parseWgPrivateKey,
    public: parseWgPublicKey,
    preshared: parseWgPresharedKey,
  };
  return parsers[keyKind](base64);
}

function keyHex(what: string, value: unknown): string {
  const hex = typeof value === 'string' ? hexOfBase64Key(value) : undefined;
  if (hex === undefined) {
    throw new WgError(
      'invalid_key',
      `a ${what} key must be the canonical base64 of 32 bytes (44 characters)`,
    );
  }
  return hex;
}

function nonZero(what: string, hex: string): string {
  if (hex === ZERO_KEY_HEX) {
    throw new WgError(
      'invalid_key',
      `the ${what} key is all zero, which WireGuard reads as "none": make a new one`,
    );
  }
  return hex;
}
