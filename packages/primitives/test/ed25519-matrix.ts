// Cases on which Ed25519 implementations are known to disagree. They are built with point arithmetic, not
// copied, so that the code shows how each was made and which check it tests.

import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, fromHex, utf8 } from '../src/index.ts';

const { Point } = ed25519;
const L = Point.CURVE().n;
const P = Point.CURVE().p;

export const SCALAR_ORDER = L;

export interface MatrixCase {
  readonly name: string;
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
  readonly publicKey: Uint8Array;
  /** The verdict of verifyEd25519. */
  readonly verifies: boolean;
  /** The verdict of checkEd25519PublicKey. */
  readonly keyIsAccepted: boolean;
}

export function toLittleEndian(n: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  for (let i = 0, rest = n; i < 32; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}

function challenge(r: Uint8Array, a: Uint8Array, message: Uint8Array): bigint {
  const digest = sha512(concatBytes(r, a, message)).reverse();
  return digest.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n) % L;
}

// A point of order 8 and the identity.
const torsion = Point.fromBytes(
  fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
  false,
);
const identity = Point.ZERO.toBytes();

const a = 0x1f3a9c5d7be2468013579bdf02468ace1122334455667788n;
const r = 0x0badc0ffee0ddf00d123456789abcdef0fedcba987654321n;
const A = Point.BASE.multiply(a);
const publicKey = A.toBytes();
const message = utf8('{"overall":0.92}');

/** Signs like the holder of `a`, over any R and any encoding of A. */
function sign(rBytes: Uint8Array, rScalar: bigint, aBytes: Uint8Array, text = message): Uint8Array {
  const s = (rScalar + challenge(rBytes, aBytes, text) * a) % L;
  return concatBytes(rBytes, toLittleEndian(s));
}

/**
 * A message whose challenge is divisible by eight, so that the torsion of A vanishes, or not divisible, so
 * that it stays.
 */
function messageWith(rBytes: Uint8Array, aBytes: Uint8Array, divisible: boolean): Uint8Array {
  for (let i = 0; ; i++) {
    const candidate = utf8(`message ${i}`);
    if ((challenge(rBytes, aBytes, candidate) % 8n === 0n) === divisible) return candidate;
  }
}

const R = Point.BASE.multiply(r).toBytes();
const honest = sign(R, r, publicKey);
const honestS = honest.slice(32);

function plusL(s: Uint8Array, times: bigint): Uint8Array {
  const value = s.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return toLittleEndian(value + times * L);
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

function withSign(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[31] = (copy[31] ?? 0) | 0x80;
  return copy;
}

const good = { message, publicKey, verifies: false, keyIsAccepted: true };

const valid: MatrixCase[] = [{ ...good, name: 'valid', signature: honest, verifies: true }];

const malformed: MatrixCase[] = [
  { ...good, name: 'wrong message', signature: honest, message: utf8('{"overall":0.93}') },
  { ...good, name: 'one bit of R flipped', signature: flipped(honest, 0) },
  { ...good, name: 'one bit of S flipped', signature: flipped(honest, 32) },
  { ...good, name: 'signature of 63 bytes', signature: honest.slice(0, 63) },
  { ...good, name: 'signature of 65 bytes', signature: concatBytes(honest, Uint8Array.of(0)) },
  { ...good, name: 'empty signature', signature: new Uint8Array(0) },
  { ...good, name: 'all-zero signature', signature: new Uint8Array(64) },
  {
    ...good,
    name: 'key of 31 bytes',
    signature: honest,
    publicKey: publicKey.slice(0, 31),
    keyIsAccepted: false,
  },
  {
    ...good,
    name: 'key of 33 bytes',
    signature: honest,
    publicKey: concatBytes(publicKey, Uint8Array.of(0)),
    keyIsAccepted: false,
  },
  // No x belongs to y = 2.
  {
    ...good,
    name: 'A is not a point',
    signature: honest,
    publicKey: toLittleEndian(2n),
    keyIsAccepted: false,
  },
];

const malleated: MatrixCase[] = [
  { ...good, name: 'S + L', signature: concatBytes(R, plusL(honestS, 1n)) },
  { ...good, name: 'S + 2L', signature: concatBytes(R, plusL(honestS, 2n)) },
  { ...good, name: 'S + 15L', signature: concatBytes(R, plusL(honestS, 15n)) },
  { ...good, name: 'S of all ones', signature: concatBytes(R, new Uint8Array(32).fill(0xff)) },
];

const torsionedR = Point.BASE.multiply(r).add(torsion).toBytes();
const badR: MatrixCase[] = [
  // Cofactored verifiers accept all of these. The identity satisfies the cofactorless equation too: RFC 8032
  // and older releases of OpenSSL accept it, OpenSSL 3.5 and libsodium refuse it.
  { ...good, name: 'R with a torsion component', signature: sign(torsionedR, r, publicKey) },
  { ...good, name: 'R is the identity', signature: sign(identity, 0n, publicKey) },
  { ...good, name: 'R of order 8', signature: sign(torsion.toBytes(), 0n, publicKey) },
  // The same points in encodings that a verifier which encodes again never produces. Lenient decoders accept
  // them.
  { ...good, name: 'R is the identity as y = p + 1', signature: sign(toLittleEndian(P + 1n), 0n, publicKey) },
  { ...good, name: 'R is the identity with a sign', signature: sign(withSign(identity), 0n, publicKey) },
];

// With A of small order anyone can sign: R = [S]B − [k]A, and [k]A takes at most eight values.
function forSmallOrderKey(name: string, aBytes: Uint8Array): MatrixCase {
  const forged = sign(R, r, aBytes);
  const signature = concatBytes(forged.slice(0, 32), toLittleEndian(r));
  return {
    name,
    signature,
    message: messageWith(R, aBytes, true),
    publicKey: aBytes,
    verifies: false,
    keyIsAccepted: false,
  };
}

const smallOrderKeys: MatrixCase[] = Array.from({ length: 8 }, (_, i) =>
  forSmallOrderKey(
    `A is ${i} times a point of order 8`,
    (i === 0 ? Point.ZERO : torsion.multiplyUnsafe(BigInt(i))).toBytes(),
  ),
);

const nonCanonicalKeys: MatrixCase[] = [
  forSmallOrderKey('A is the identity as y = p + 1', toLittleEndian(P + 1n)),
  forSmallOrderKey('A has order 4 as y = p', toLittleEndian(P)),
  forSmallOrderKey('A is the identity with a sign', withSign(identity)),
  forSmallOrderKey('A has order 2 with a sign', withSign(toLittleEndian(P - 1n))),
  // y = 3 is a point of large order. Only its encoding is wrong.
  {
    ...good,
    name: 'A is y = p + 3',
    signature: honest,
    publicKey: toLittleEndian(P + 3n),
    keyIsAccepted: false,
  },
];

const mixedKey = A.add(torsion).toBytes();
const mixed = { publicKey: mixedKey, keyIsAccepted: false };
const torsionStays = messageWith(R, mixedKey, false);
const torsionVanishes = messageWith(R, mixedKey, true);
const mixedOrderKeys: MatrixCase[] = [
  // Cofactored verifiers accept both; the cofactorless verdict depends on the message, so the key is checked
  // at enrolment.
  {
    ...mixed,
    name: 'mixed-order A, torsion stays',
    message: torsionStays,
    signature: sign(R, r, mixedKey, torsionStays),
    verifies: false,
  },
  {
    ...mixed,
    name: 'mixed-order A, torsion vanishes',
    message: torsionVanishes,
    signature: sign(R, r, mixedKey, torsionVanishes),
    verifies: true,
  },
];

export const ED25519_MATRIX: readonly MatrixCase[] = [
  ...valid,
  ...malformed,
  ...malleated,
  ...badR,
  ...smallOrderKeys,
  ...nonCanonicalKeys,
  ...mixedOrderKeys,
];
