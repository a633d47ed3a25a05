// Ed25519 with the same verdict everywhere. RFC 8032 leaves choices to verifiers (cofactored or not, which
// encodings decode), and real libraries differ there. A signature that one replica accepts and another
// refuses splits a log. The rules here:
//
//   S < L                              checked here, before any backend
//   A canonical, torsion-free          checkEd25519PublicKey, once, when a key is enrolled
//   A canonical, not of small order    checked again here on every call: it costs half a microsecond
//   R not of small order               checked here: OpenSSL's releases differ on it, and no honest signer makes one
//   encode([S]B − [k]A) = R bytewise   no cofactor; so a non-canonical or torsioned R never passes
//
// A backend only has to decide the last line, as node:crypto (OpenSSL) does. noble's own `verify` multiplies
// by the cofactor, so the portable backend uses noble's point arithmetic instead.

import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, copyBytes, equalBytes, fromHex } from './bytes.ts';
import { PrimitivesError } from './primitives-error.ts';

/**
 * A backend: whether encode([S]B − [k]A) equals R bytewise, k = SHA-512(R ‖ A ‖ message) mod L. It is called
 * with a 64-byte signature whose S is below L and a 32-byte canonical public key; neither R nor the key has
 * small order.
 */
export type Ed25519Verify = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) => boolean;

const { Point } = ed25519;

// L = 2^252 + 27742317777372353535851937790883648493 and p = 2^255 − 19, little-endian.
const L = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
const P = fromHex('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');

// y of the eight points whose order divides 8, little-endian: order 1, order 2, order 4 (two points share y
// = 0) and order 8 (two points share each y).
const SMALL_ORDER_Y: readonly Uint8Array[] = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
].map(fromHex);

/**
 * Whether S, the second half of a signature (little-endian), is below the group order L (RFC 8032 section
 * 5.1.7). Without it (R, S + L) is a second signature over the same message.
 * @returns false for any length other than 64
 */
export function hasCanonicalS(signature: Uint8Array): boolean {
  return signature.length === 64 && isBelow(signature.subarray(32), L);
}

/**
 * Verifies a signature by the rules at the head of this file.
 * @param signature 64 bytes, R ‖ S
 * @param publicKey 32 bytes that `checkEd25519PublicKey` has accepted when the key was enrolled
 * @param verify the backend; portable arithmetic by default
 * @returns false for any invalid input of these types, wrong lengths included, rather than throwing
 */
export function verifyEd25519(
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
  verify: Ed25519Verify = verifyPortable,
): boolean {
  return hasStrictForm(signature, publicKey) && verify(signature, message, publicKey);
}

/**
 * The part of the strict rules that needs no curve arithmetic: canonical S, canonical A, neither A nor R of
 * small order. {@link verifyEd25519} includes it; use it alone where the backend is not a synchronous call.
 */
export function hasStrictForm(signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (!hasCanonicalS(signature)) return false;
  if (publicKey.length !== 32 || !hasCanonicalY(publicKey) || hasSmallOrderY(publicKey)) return false;
  return !hasSmallOrderY(signature.subarray(0, 32));
}

/**
 * Checks a public key before it is trusted: a canonical encoding (y < p, no sign on x = 0), on the curve, not
 * of small order, without a torsion component. Slow (a full scalar multiplication): once per key, at
 * enrolment.
 * @throws PrimitivesError `invalid_public_key`
 */
export function checkEd25519PublicKey(publicKey: Uint8Array): void {
  if (publicKey.length !== 32) throw invalidKey('it must have 32 bytes');
  if (!hasCanonicalY(publicKey)) throw invalidKey('its encoding is not canonical (y >= p)');
  if (hasSmallOrderY(publicKey)) throw invalidKey('it has small order');
  const point = decodePoint(publicKey);
  if (point === undefined) throw invalidKey('it is no point on the curve');
  if (!point.isTorsionFree()) throw invalidKey('it has a torsion component');
}

/**
 * Signs (RFC 8032 section 5.1.6, deterministic).
 * @param seed 32 bytes, the private key; not kept
 * @returns 64 bytes, owned by the caller
 * @throws PrimitivesError `wrong_length`
 */
export function signEd25519(message: Uint8Array, seed: Uint8Array): Uint8Array {
  checkSeed(seed);
  return ed25519.sign(message, seed);
}

/**
 * The public key of a seed, 32 bytes.
 * @throws PrimitivesError `wrong_length`
 */
export function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  checkSeed(seed);
  return ed25519.getPublicKey(seed);
}

const verifyPortable: Ed25519Verify = (signature, message, publicKey) => {
  const a = decodePoint(publicKey);
  if (a === undefined) return false;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  // RFC 8032 section 5.1.7 step 2; k is reduced as every implementation does (it matters for a torsioned A).
  const k = littleEndian(sha512(concatBytes(r, publicKey, message))) % Point.CURVE().n;
  const sb = Point.BASE.multiplyUnsafe(s);
  const expected = sb.subtract(a.multiplyUnsafe(k));
  return equalBytes(expected.toBytes(), r);
};

type Point = InstanceType<typeof Point>;

/** Undefined if the bytes are not a point (RFC 8032 section 5.1.3, strict). */
function decodePoint(bytes: Uint8Array): Point | undefined {
  try {
    return Point.fromBytes(bytes, false);
  } catch {
    return undefined;
  }
}

function hasCanonicalY(encoded: Uint8Array): boolean {
  return isBelow(yOf(encoded), P);
}

function hasSmallOrderY(encoded: Uint8Array): boolean {
  const y = yOf(encoded);
  return SMALL_ORDER_Y.some((small) => equalBytes(small, y));
}

/** The y coordinate, little-endian, in new memory: the encoding without the sign bit of x. */
function yOf(encoded: Uint8Array): Uint8Array {
  const y = copyBytes(encoded);
  y[31] = (y[31] ?? 0) & 0x7f;
  return y;
}

/** Compares two little-endian numbers of 32 bytes. They are public, so it need not run in constant time. */
function isBelow(value: Uint8Array, limit: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const v = value[i] as number;
    const l = limit[i] as number;
    if (v !== l) return v < l;
  }
  return false;
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = bytes.length - 8; offset >= 0; offset -= 8) {
    value = (value << 64n) | view.getBigUint64(offset, true);
  }
  return value;
}

function checkSeed(seed: Uint8Array): void {
  if (seed.length !== 32) throw new PrimitivesError('wrong_length', 'an Ed25519 seed has 32 bytes');
}

function invalidKey(why: string): PrimitivesError {
  return new PrimitivesError('invalid_public_key', `Ed25519 public key refused: ${why}; make a new key pair`);
}
