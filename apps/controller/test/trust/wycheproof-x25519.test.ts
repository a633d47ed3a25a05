// Every class of cases that Project Wycheproof has for X25519 (the flags of its x25519_test.json), with cases
// of our own: on both implementations that keys are sealed with, and on the check that a node's keys pass.

import { platformX25519 } from '@mesh/host';
import { encodeBase64, findX25519PublicKeyFault, fromHex } from '@mesh/primitives';
import { checkKemPublicKey, DEFAULT_SUITE, portableX25519, sealTo } from '@mesh/seal';
import { parseWgPublicKey } from '@mesh/wg';
import { describe, expect, it } from 'vitest';
import {
  CURVE_ORDER,
  clamped,
  divide,
  isOnCurve,
  P,
  TWIST_ORDER,
  times,
  x25519ByHand,
} from '../support/curve25519-by-hand.ts';
import { bytesOf } from '../support/whole-numbers.ts';

const IMPLEMENTATIONS = [portableX25519, platformX25519];
const secretOf = (number: number): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, at) => (number * 41 + at * 7 + (number >> 3)) & 0xff);
const secrets = Array.from({ length: 6 }, (_, at) => secretOf(at + 1));

/** Both give what the arithmetic by hand gives. */
function agree(secret: Uint8Array, publicKey: Uint8Array): void {
  const expected = x25519ByHand(secret, publicKey);
  expect(expected.some((byte) => byte !== 0)).toBe(true);
  for (const one of IMPLEMENTATIONS) expect(one.sharedSecretOf(secret, publicKey)).toEqual(expected);
}

/** Nothing here takes the key, and no implementation gives a shared secret for it but zeros. */
function refused(u: Uint8Array): void {
  expect(findX25519PublicKeyFault(u)).toBe('low_order');
  expect(() => parseWgPublicKey(encodeBase64(u))).toThrow();
  expect(() => checkKemPublicKey('mesh/seal/v1/x25519', u)).toThrow();
  const sealing = { suite: 'mesh/seal/v1/x25519', publicKey: u, info: u, aad: u, plaintext: u } as const;
  expect(() => sealTo({ ...sealing, randomness: secretOf(1) })).toThrow();
  for (const one of IMPLEMENTATIONS)
    for (const secret of secrets) expect(sharedOr(one, secret, u)).toEqual(new Uint8Array(32));
}

function sharedOr(one: typeof portableX25519, secret: Uint8Array, u: Uint8Array): Uint8Array {
  try {
    return one.sharedSecretOf(secret, u);
  } catch {
    return new Uint8Array(32);
  }
}

/** Limbs of zeros and ones, ends of the field, single bits. */
const special: readonly bigint[] = [
  ...[2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 16n, 255n, 256n, 486_660n, 486_662n, 486_664n],
  ...[2n, 3n, 4n, 5n, 6n, 7n, 9n, 16n, 486_662n].map((below) => P - below),
  ...[51n, 52n, 64n, 102n, 128n, 153n, 204n, 252n, 253n, 254n].flatMap((bit) => [2n ** bit, 2n ** bit - 1n]),
  ...[26n, 32n, 51n, 64n].map((limb) => alternating(limb)),
];

function alternating(limb: bigint): bigint {
  let value = 0n;
  for (let at = 0n; at < 254n; at += 2n * limb) value |= (2n ** limb - 1n) << at;
  return value % 2n ** 254n;
}

describe('Normal and Ktv', () => {
  it('RFC 7748, section 5.2: once', () => {
    const nine = bytesOf(9n);
    const expected = fromHex('422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079');
    expect(x25519ByHand(nine, nine)).toEqual(expected);
    agree(nine, nine);
  });

  it('random keys', () => {
    for (const [at, secret] of secrets.entries())
      agree(secret, platformX25519.publicKeyOf(secretOf(at + 100)));
  });
});

describe('EdgeCasePrivateKey', () => {
  it.each([
    ['zeros', new Uint8Array(32)],
    ['ones', new Uint8Array(32).fill(0xff)],
    ['one', bytesOf(1n)],
    ['the order of the curve', bytesOf(CURVE_ORDER)],
    ['the order of the twist', bytesOf(TWIST_ORDER)],
    ['p', bytesOf(P)],
    ['8', bytesOf(8n)],
    ['2^254', bytesOf(2n ** 254n)],
    ['2^254 + 8 (L / 8)', bytesOf(2n ** 254n + 8n * (CURVE_ORDER / 8n))],
    ['0x55…', new Uint8Array(32).fill(0x55)],
    ['0xaa…', new Uint8Array(32).fill(0xaa)],
  ])('%s', (_name, secret) => {
    for (const other of secrets.slice(0, 3)) agree(secret, portableX25519.publicKeyOf(other));
    expect(platformX25519.publicKeyOf(secret)).toEqual(portableX25519.publicKeyOf(secret));
  });
});

describe('SpecialPublicKey and Twist', () => {
  it('agree with the arithmetic by hand, on the curve and beside it', () => {
    const sides = special.map((u) => {
      agree(secretOf(Number(u % 97n)), bytesOf(u));
      return isOnCurve(u);
    });
    expect(sides.filter((side) => side).length).toBeGreaterThan(10);
    expect(sides.filter((side) => !side).length).toBeGreaterThan(10);
  });
});

describe('EdgeCaseShared', () => {
  it('public keys were found for which the shared secret is special', () => {
    const found = special.filter((u) => {
      const secret = secretOf(Number(u % 89n) + 1);
      const publicKey = divide(u, clamped(secret));
      if (publicKey === undefined) return false;
      for (const one of IMPLEMENTATIONS)
        expect(one.sharedSecretOf(secret, bytesOf(publicKey))).toEqual(bytesOf(u));
      return true;
    });
    expect(found.length).toBeGreaterThan(5);
  });
});

describe('EdgeCaseMultiplication', () => {
  it('public keys of which a small multiple is special agree with the arithmetic by hand', () => {
    let cases = 0;
    for (const u of special)
      for (const multiple of [2n, 3n, 5n, 9n, 17n]) {
        const publicKey = divide(u, multiple);
        if (publicKey === undefined) continue;
        expect(times(multiple, publicKey)).toBe(u);
        agree(secretOf(Number(multiple)), bytesOf(publicKey));
        cases += 1;
      }
    expect(cases).toBeGreaterThan(20);
  });
});

describe('LowOrderPublic, SmallPublicKey and ZeroSharedSecret', () => {
  /** Every point of the curve and of its twist whose order divides eight or four. */
  const low = new Set<bigint>([0n]);
  for (let u = 2n; u < 60n; u++) {
    const point = times(isOnCurve(u) ? CURVE_ORDER : TWIST_ORDER, u);
    if (point !== undefined) low.add(point);
  }

  it('there are five', () => {
    expect(low.size).toBe(5);
    expect([...low]).toEqual(expect.arrayContaining([1n, P - 1n]));
  });

  it.each([...low].map((u) => [u.toString(16), u] as const))('%s is refused', (_name, u) => {
    refused(bytesOf(u));
    refused(bytesOf(u + 2n ** 255n));
    if (u + P < 2n ** 255n) refused(bytesOf(u + P));
  });
});

describe('NonCanonicalPublic', () => {
  const unreduced = Array.from({ length: 17 }, (_, at) => P + 2n + BigInt(at));

  it('is refused, although X25519 itself takes it', () => {
    for (const u of [
      ...unreduced,
      2n ** 255n + 9n,
      2n ** 256n - 1n,
      ...unreduced.map((one) => one + 2n ** 255n),
    ]) {
      const encoded = bytesOf(u);
      expect(findX25519PublicKeyFault(encoded)).toBe('not_canonical');
      expect(() => parseWgPublicKey(encodeBase64(encoded))).toThrow();
      expect(() => checkKemPublicKey('mesh/seal/v1/x25519', encoded)).toThrow();
      agree(secretOf(3), encoded);
    }
  });

  it('so is the part of the suite that is used', () => {
    expect(DEFAULT_SUITE).toBe('mesh/seal/v1/x-wing');
    const key = new Uint8Array(1216);
    for (const u of unreduced) {
      key.set(bytesOf(u), key.length - 32);
      expect(() => checkKemPublicKey(DEFAULT_SUITE, key)).toThrow();
    }
  });
});
