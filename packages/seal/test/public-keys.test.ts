import { encodeBase64, fromHex } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import {
  checkKemPublicKey,
  encodeKemPublicKey,
  kemKeyId,
  parseKemPublicKey,
  SEAL_SUITES,
  sealTo,
} from '../src/index.ts';
import { aad, bytes, info, pairOf, randomnessFor, sealError } from './samples.ts';

const X25519 = 'mesh/seal/v1/x25519';
const X_WING = 'mesh/seal/v1/x-wing';
const invalid = sealError('invalid_public_key');

const REFUSED_POINTS = [
  ['zero', '00'.repeat(32)],
  ['one', `01${'00'.repeat(31)}`],
  ['order 8', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
  ['the other of order 8', '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'],
  ['p - 1', `ec${'ff'.repeat(30)}7f`],
  ['p, a second zero', `ed${'ff'.repeat(30)}7f`],
  ['p + 1, a second one', `ee${'ff'.repeat(30)}7f`],
  ['2^255 - 1', `${'ff'.repeat(31)}7f`],
  ['the top bit set', `09${'00'.repeat(30)}80`],
] as const;

describe.each(SEAL_SUITES)('%s public keys', (suite) => {
  const { publicKey, privateKey } = pairOf(suite);
  const text = encodeKemPublicKey({ suite, publicKey });

  it('go to text and back', () => {
    expect(text).toBe(`${suite}:${encodeBase64(publicKey)}`);
    expect(parseKemPublicKey(text)).toEqual({ suite, publicKey });
    expect(text.length).toBe(suite === X_WING ? 1644 : 64);
  });

  it('have an id of 22 characters, the private key’s too', () => {
    const id = kemKeyId(suite, publicKey);
    expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(privateKey.keyId).toBe(id);
    expect(kemKeyId(suite, pairOf(suite, 2).publicKey)).not.toBe(id);
  });

  it('of a wrong length are refused', () => {
    for (const wrong of [new Uint8Array(0), publicKey.subarray(1), Uint8Array.of(...publicKey, 0)]) {
      expect(() => checkKemPublicKey(suite, wrong)).toThrow(sealError('wrong_length'));
      expect(() => kemKeyId(suite, wrong)).toThrow(sealError('wrong_length'));
      expect(() => parseKemPublicKey(`${suite}:${encodeBase64(wrong)}`)).toThrow(sealError('wrong_length'));
    }
  });

  it.each(REFUSED_POINTS)('with the X25519 point %s are refused, by sealTo too', (_name, hex) => {
    const wrong = Uint8Array.from(publicKey);
    wrong.set(fromHex(hex), publicKey.length - 32);
    expect(() => checkKemPublicKey(suite, wrong)).toThrow(invalid);
    expect(() => encodeKemPublicKey({ suite, publicKey: wrong })).toThrow(invalid);
    expect(() => parseKemPublicKey(`${suite}:${encodeBase64(wrong)}`)).toThrow(invalid);
    const randomness = randomnessFor(suite);
    expect(() => sealTo({ suite, publicKey: wrong, info, aad, plaintext: bytes(3), randomness })).toThrow(
      invalid,
    );
  });

  it.each([
    `${text}=`,
    ` ${text}`,
    `${text}\n`,
    text.replaceAll('=', ''),
    `${text.slice(0, -5)}!${text.slice(-4)}`,
  ])('in other texts are refused (case %#)', (wrong) => {
    expect(() => parseKemPublicKey(wrong)).toThrow();
    expect(wrong).not.toBe(text);
  });
});

it.each([undefined, null, 7, {}, new Uint8Array(3)])('%s is not a key’s text', (value) => {
  expect(() => parseKemPublicKey(value)).toThrow(invalid);
});

it.each(['', ':', 'AAAA', 'x-wing:AAAA', `mesh/seal/v9/x25519:${encodeBase64(bytes(32))}`])(
  '"%s" names no suite',
  (text) => {
    expect(() => parseKemPublicKey(text)).toThrow(sealError('unknown_suite'));
  },
);

describe('X25519 canonical form', () => {
  it('the check is right for the highest u below p and its neighbours', () => {
    // p - 2 is canonical and of no low order; p - 1 is of order 4; p is not canonical.
    expect(() => checkKemPublicKey(X25519, fromHex(`eb${'ff'.repeat(30)}7f`))).not.toThrow();
    expect(() => checkKemPublicKey(X25519, fromHex(`ff${'ff'.repeat(29)}fe7f`))).not.toThrow();
  });
});

describe('X-Wing: ML-KEM modulus check', () => {
  const { publicKey } = pairOf(X_WING);

  it.each([
    ['first', 0],
    ['second', 1],
    ['last', 767],
  ] as const)('a %s coefficient of q is refused, of q - 1 not', (_name, index) => {
    const withCoefficient = (value: number) => {
      const key = Uint8Array.from(publicKey);
      const at = (index >> 1) * 3;
      const middle = key[at + 1] ?? 0;
      if (index % 2 === 0) key.set([value & 0xff, (middle & 0xf0) | (value >>> 8)], at);
      else key.set([(middle & 0x0f) | ((value & 0x0f) << 4), value >>> 4], at + 1);
      return key;
    };
    expect(() => checkKemPublicKey(X_WING, withCoefficient(3329))).toThrow(invalid);
    expect(() => checkKemPublicKey(X_WING, withCoefficient(4095))).toThrow(invalid);
    expect(() => checkKemPublicKey(X_WING, withCoefficient(3328))).not.toThrow();
  });
});
