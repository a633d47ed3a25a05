// Signed messages on which Ed25519 implementations are known to disagree. They are made with point
// arithmetic. Each has its name and the verdict of verifyMessage over every backend.

import { concatBytes, encodeBase64, fromHex } from '@mesh/primitives';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { signingInput } from '../../src/index.ts';

const { Point } = ed25519;
const L = Point.CURVE().n;
const P = Point.CURVE().p;

export interface SignedCase {
  readonly name: string;
  readonly body: { readonly node_id: string; readonly n: number; readonly signature: string };
  readonly publicKey: Uint8Array;
  readonly verifies: boolean;
}

function littleEndian(n: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((n >> BigInt(8 * i)) & 0xffn));
}

/** k of RFC 8032 section 5.1.7. */
function challenge(r: Uint8Array, publicKey: Uint8Array, unsigned: object): bigint {
  const digest = sha512(concatBytes(r, publicKey, signingInput('leave', unsigned)));
  return digest.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) % L;
}

const a = 0x1f3a9c5d7be2468013579bdf02468ace1122334455667788n;
const r = 0x0badc0ffee0ddf00d123456789abcdef0fedcba987654321n;
const A = Point.BASE.multiply(a);
const publicKey = A.toBytes();
const R = Point.BASE.multiply(r).toBytes();
const torsion = Point.fromBytes(
  fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
  false,
);

const bodyOf = (n: number) => ({ node_id: 'node-a', n });

function signedCase(
  name: string,
  verifies: boolean,
  { rBytes = R, rScalar = r, key = publicKey, n = 0, s }: Partial<Signing> = {},
): SignedCase {
  const scalar = (rScalar + challenge(rBytes, key, bodyOf(n)) * a) % L;
  const signature = concatBytes(rBytes, littleEndian(s?.(scalar) ?? scalar));
  return { name, verifies, publicKey: key, body: { ...bodyOf(n), signature: encodeBase64(signature) } };
}

interface Signing {
  readonly rBytes: Uint8Array;
  readonly rScalar: bigint;
  readonly key: Uint8Array;
  /** A number in the body, to vary it. */
  readonly n: number;
  readonly s: (scalar: bigint) => bigint;
}

/**
 * A body whose challenge is a multiple of eight, so that a torsion component of the key vanishes, or not a
 * multiple, so that it stays.
 */
function bodyWhere(key: Uint8Array, divisible: boolean): number {
  for (let n = 0; ; n++) if ((challenge(R, key, bodyOf(n)) % 8n === 0n) === divisible) return n;
}

/** Anybody can sign under a key of small order: with S = r, if [k]A is the identity. */
function smallOrder(name: string, key: Uint8Array): SignedCase {
  return signedCase(name, false, { key, n: bodyWhere(key, true), s: () => r });
}

const mixed = A.add(torsion).toBytes();
const identity = Point.ZERO.toBytes();

export const SIGNED_CASES: readonly SignedCase[] = [
  signedCase('an honest signature', true),
  signedCase('S + L', false, { s: (scalar) => scalar + L }),
  signedCase('S + 15 L', false, { s: (scalar) => scalar + 15n * L }),
  signedCase('S + 1', false, { s: (scalar) => scalar + 1n }),
  signedCase('S of all ones', false, { s: () => 2n ** 256n - 1n }),
  signedCase('R with a torsion component', false, { rBytes: Point.BASE.multiply(r).add(torsion).toBytes() }),
  signedCase('R that is the identity', false, { rBytes: identity, rScalar: 0n }),
  signedCase('R that is the identity, as y = p + 1', false, { rBytes: littleEndian(P + 1n), rScalar: 0n }),
  signedCase('R of order 8', false, { rBytes: torsion.toBytes(), rScalar: 0n }),
  smallOrder('A that is the identity', identity),
  smallOrder('A of order 2', torsion.multiplyUnsafe(4n).toBytes()),
  smallOrder('A of order 4', torsion.multiplyUnsafe(2n).toBytes()),
  smallOrder('A of order 8', torsion.toBytes()),
  smallOrder('A that is the identity, as y = p + 1', littleEndian(P + 1n)),
  smallOrder('A of order 4, as y = p', littleEndian(P)),
  signedCase('A that is no point', false, { key: littleEndian(2n) }),
  signedCase('A that is y = p + 3', false, { key: littleEndian(P + 3n) }),
  signedCase('A of mixed order, torsion stays', false, { key: mixed, n: bodyWhere(mixed, false) }),
  // Cofactorless verification accepts it, so such keys are refused at enrolment.
  signedCase('A of mixed order, torsion vanishes', true, { key: mixed, n: bodyWhere(mixed, true) }),
];
