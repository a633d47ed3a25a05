// Cases of every class that Project Wycheproof has for Ed25519 (the flags of its ed25519_test.json), made
// here with the private key in hand. `flags` are the classes by their names there.

import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, ed25519PublicKey, fromHex, signEd25519, utf8 } from '../src/index.ts';
import { SCALAR_ORDER, toLittleEndian } from './ed25519-matrix.ts';
import rfc8032 from './vectors/rfc8032.json' with { type: 'json' };

const { Point } = ed25519;
const P = Point.CURVE().p;

export const ED25519_FLAGS = [
  'CompressedSignature',
  'InvalidEncoding',
  'InvalidKtv',
  'InvalidSignature',
  'Ktv',
  'SignatureMalleability',
  'SignatureWithGarbage',
  'TinkOverflow',
  'TruncatedSignature',
  'Valid',
] as const;
export type Ed25519Flag = (typeof ED25519_FLAGS)[number];

export interface ClassCase {
  readonly name: string;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly verifies: boolean;
}

const seed = Uint8Array.from({ length: 32 }, (_, at) => (7 * at + 3) & 0xff);
const publicKey = ed25519PublicKey(seed);
const message = utf8('{"overall":0.92,"suite_version":"canary-1.0"}');
const honest = signEd25519(message, seed);
const [honestR, honestS] = [honest.slice(0, 32), honest.slice(32)];

const made = (name: string, signature: Uint8Array, verifies = false): ClassCase => ({
  name,
  publicKey,
  message,
  signature,
  verifies,
});

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** The private scalar, clamped (RFC 8032, section 5.1.5). */
function privateScalar(): bigint {
  const scalar = sha512(seed).slice(0, 32);
  scalar[0] = (scalar[0] ?? 0) & 0xf8;
  scalar[31] = ((scalar[31] ?? 0) & 0x7f) | 0x40;
  return littleEndian(scalar);
}

/** S for any encoding of R, as the holder of the key computes it when it knows r. */
function signWith(rBytes: Uint8Array, r: bigint): Uint8Array {
  const k = littleEndian(sha512(concatBytes(rBytes, publicKey, message))) % SCALAR_ORDER;
  return concatBytes(rBytes, toLittleEndian((r + k * privateScalar()) % SCALAR_ORDER));
}

function changed(bytes: Uint8Array, at: number, to: (byte: number) => number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = to(copy[at] ?? 0) & 0xff;
  return copy;
}

const ENDS: readonly (readonly [string, bigint])[] = [
  ['0', 0n],
  ['1', 1n],
  ['L - 1', SCALAR_ORDER - 1n],
  ['L', SCALAR_ORDER],
  ['p - 1', P - 1n],
  ['p', P],
  ['2^255 - 1', 2n ** 255n - 1n],
  ['2^256 - 1', 2n ** 256n - 1n],
];

const r = 0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdfn;
const R = Point.BASE.multiply(r).toBytes();

/** Encodings of y that are not below p: there are nineteen, and the sign bit doubles them. */
const unreduced = Array.from({ length: 19 }, (_, at) => P + BigInt(at));

/** Multiples of L that can be added to S so that the sum still fits into 32 bytes. */
const multiples = Array.from({ length: 14 }, (_, at) => BigInt(at + 1));

const makers: Readonly<Record<Ed25519Flag, () => readonly ClassCase[]>> = {
  Valid: () =>
    [0, 1, 31, 32, 63, 64, 127, 128, 129, 1023].map((length) => {
      const text = Uint8Array.from({ length }, (_, at) => (at * 31) & 0xff);
      return { ...made(`${length} bytes`, signEd25519(text, seed), true), message: text };
    }),
  Ktv: () =>
    rfc8032.cases.map((vector) => ({
      name: `RFC 8032 ${vector.name}`,
      publicKey: fromHex(vector.public_key),
      message: fromHex(vector.message),
      signature: fromHex(vector.signature),
      verifies: true,
    })),
  InvalidKtv: () =>
    rfc8032.cases.flatMap((vector) => {
      const known = fromHex(vector.signature);
      return [0, 20, 31, 32, 50, 63].map((at) => ({
        name: `RFC 8032 ${vector.name}, byte ${at} changed`,
        publicKey: fromHex(vector.public_key),
        message: fromHex(vector.message),
        signature: changed(known, at, (byte) => byte ^ 1),
        verifies: false,
      }));
    }),
  InvalidSignature: () =>
    ENDS.flatMap(([nameOfR, encodedR]) => [
      ...ENDS.map(([nameOfS, s]) =>
        made(`R = ${nameOfR}, S = ${nameOfS}`, concatBytes(toLittleEndian(encodedR), toLittleEndian(s))),
      ),
      made(`R = ${nameOfR}, S honest`, concatBytes(toLittleEndian(encodedR), honestS)),
      made(`R honest, S = ${nameOfR}`, concatBytes(honestR, toLittleEndian(encodedR))),
    ]),
  InvalidEncoding: () => [
    made('the control: S made with r', signWith(R, r), true),
    made(
      'R with the other sign',
      signWith(
        changed(R, 31, (byte) => byte ^ 0x80),
        r,
      ),
    ),
    made(
      'R complemented',
      signWith(
        Uint8Array.from(R, (byte) => byte ^ 0xff),
        r,
      ),
    ),
    made('R backwards', signWith(R.slice().reverse(), r)),
    made('R of zeros', signWith(new Uint8Array(32), r)),
    ...unreduced.flatMap((y) => [
      made(`R is y = p + ${y - P}`, signWith(toLittleEndian(y), r)),
      made(`R is y = p + ${y - P}, with a sign`, signWith(toLittleEndian(y + 2n ** 255n), r)),
    ]),
    made('S backwards', concatBytes(honestR, honestS.slice().reverse())),
    ...[0x20, 0x40, 0x80].map((bit) =>
      made(
        `S with bit ${bit.toString(16)} of its top byte`,
        changed(honest, 63, (byte) => byte | bit),
      ),
    ),
  ],
  SignatureMalleability: () =>
    multiples.map((times) =>
      made(
        `S + ${times} L`,
        concatBytes(honestR, toLittleEndian(littleEndian(honestS) + times * SCALAR_ORDER)),
      ),
    ),
  SignatureWithGarbage: () => [
    ...[1, 2, 32, 64].flatMap((length) => [
      made(`${length} zeros behind`, concatBytes(honest, new Uint8Array(length))),
      made(`${length} zeros before`, concatBytes(new Uint8Array(length), honest)),
    ]),
    made('zeros between R and S', concatBytes(honestR, new Uint8Array(4), honestS)),
    made('twice', concatBytes(honest, honest)),
  ],
  TruncatedSignature: () => [
    ...[0, 1, 31, 32, 33, 62, 63].map((length) => made(`${length} bytes`, honest.slice(0, length))),
    made('S alone', honestS),
    made('without the first byte', honest.slice(1)),
  ],
  CompressedSignature: () => overlapping(),
  // The bug lay in the carry of a point with large limbs: signatures over many points, each changed by one.
  TinkOverflow: () =>
    Array.from({ length: 16 }, (_, at) => {
      const other = Uint8Array.from({ length: 32 }, (_v, index) => (index === at ? 0xff : at));
      const signature = signEd25519(message, other);
      const named = { publicKey: ed25519PublicKey(other), message, signature };
      return [
        { name: `key ${at}`, ...named, verifies: true },
        {
          name: `key ${at}, another R`,
          ...named,
          signature: changed(signature, at, (byte) => byte + 1),
          verifies: false,
        },
      ];
    }).flat(),
};

/** Signatures in which R ends with the bytes with which S begins, or in which a zero byte was left out. */
function overlapping(): readonly ClassCase[] {
  const cases: ClassCase[] = [];
  for (let counter = 0; cases.length < 4 && counter < 20_000; counter++) {
    const text = utf8(`message ${counter}`);
    const signature = signEd25519(text, seed);
    const at = signature.indexOf(0);
    const overlaps = signature[31] === signature[32];
    if (at < 0 && !overlaps) continue;
    const from = overlaps ? 32 : at;
    const short = concatBytes(signature.slice(0, from), signature.slice(from + 1));
    cases.push({
      name: `message ${counter} without byte ${from}`,
      publicKey,
      message: text,
      signature: short,
      verifies: false,
    });
    cases.push({ name: `message ${counter} as it was`, publicKey, message: text, signature, verifies: true });
  }
  return cases;
}

export const ED25519_CLASSES: readonly (ClassCase & { readonly flag: Ed25519Flag })[] = ED25519_FLAGS.flatMap(
  (flag) => makers[flag]().map((one) => ({ flag, ...one })),
);
