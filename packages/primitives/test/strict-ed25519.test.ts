import { generateKeyPairSync, sign } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkEd25519PublicKey,
  decodeBase64Url,
  ed25519PublicKey,
  fromHex,
  hasCanonicalS,
  PrimitivesError,
  signEd25519,
  toHex,
  verifyEd25519,
} from '../src/index.ts';
import { ED25519_MATRIX, type MatrixCase, SCALAR_ORDER, toLittleEndian } from './ed25519-matrix.ts';
import { nodeVerify } from './node-ed25519.ts';
import rfc8032 from './vectors/rfc8032.json' with { type: 'json' };

function caseNamed(name: string): MatrixCase {
  const found = ED25519_MATRIX.find((row) => row.name === name);
  if (found === undefined) throw new Error(`no case ${name}`);
  return found;
}

describe('RFC 8032 known answers', () => {
  it.each(rfc8032.cases)('$name: derives the key, signs and verifies', (vector) => {
    const seed = fromHex(vector.seed);
    const message = fromHex(vector.message);
    expect(toHex(ed25519PublicKey(seed))).toBe(vector.public_key);
    expect(toHex(signEd25519(message, seed))).toBe(vector.signature);
    const args = [fromHex(vector.signature), message, fromHex(vector.public_key)] as const;
    expect(verifyEd25519(...args)).toBe(true);
    expect(verifyEd25519(...args, nodeVerify)).toBe(true);
  });
});

describe('one verdict over noble and node:crypto', () => {
  it.each(ED25519_MATRIX)('$name: verifies = $verifies', (row) => {
    expect(verifyEd25519(row.signature, row.message, row.publicKey)).toBe(row.verifies);
    expect(verifyEd25519(row.signature, row.message, row.publicKey, nodeVerify)).toBe(row.verifies);
  });

  it.each(ED25519_MATRIX)('$name: key accepted at enrolment = $keyIsAccepted', (row) => {
    const check = () => checkEd25519PublicKey(row.publicKey);
    if (row.keyIsAccepted) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: 'invalid_public_key' }));
  });

  it('random signatures with a random flipped bit get the same verdict from both', () => {
    const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(seed, fc.uint8Array(), fc.nat({ max: 512 }), (key, message, bit) => {
        const signature = signEd25519(message, key);
        const intact = bit === 512;
        if (!intact) signature[bit >> 3] = (signature[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const publicKey = ed25519PublicKey(key);
        expect(verifyEd25519(signature, message, publicKey)).toBe(intact);
        expect(verifyEd25519(signature, message, publicKey, nodeVerify)).toBe(intact);
      }),
      { numRuns: 60 },
    );
  });

  it('a signature made by node:crypto verifies portably', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const message = Uint8Array.of(1, 2, 3);
    const raw = decodeBase64Url(publicKey.export({ format: 'jwk' }).x ?? '');
    expect(verifyEd25519(sign(null, message, privateKey), message, raw)).toBe(true);
  });
});

describe('each guard is needed', () => {
  it('a cofactored verifier accepts an R with torsion, so noble.verify cannot be a backend', () => {
    const { signature, message, publicKey } = caseNamed('R with a torsion component');
    expect(ed25519.verify(signature, message, publicKey, { zip215: false })).toBe(true);
    expect(verifyEd25519(signature, message, publicKey)).toBe(false);
  });

  // A real verifier that is cofactored and lenient about encodings (ZIP 215) accepts all of these.
  const onlyStrictRefuses = ED25519_MATRIX.filter(
    (row) =>
      !row.verifies &&
      (/^R (is|of|with)/.test(row.name) || /^A (is|has) .*(order|sign|p \+ 1)/.test(row.name)),
  );

  it('the matrix holds 17 forgeries of that kind', () => {
    expect(onlyStrictRefuses).toHaveLength(17);
  });

  it.each(onlyStrictRefuses)('a lenient verifier accepts: $name', ({ signature, message, publicKey }) => {
    expect(ed25519.verify(signature, message, publicKey, { zip215: true })).toBe(true);
  });

  it.each([
    'S + L',
    'S of all ones',
    'A is the identity with a sign',
    'R is the identity',
    'A is 1 times a point of order 8',
    'signature of 65 bytes',
    'key of 31 bytes',
  ])('%s is refused even with a backend that accepts everything', (name) => {
    const { signature, message, publicKey } = caseNamed(name);
    expect(verifyEd25519(signature, message, publicKey, () => true)).toBe(false);
  });
});

describe('hasCanonicalS', () => {
  it.each([
    ['0', 0n, true],
    ['L - 1', SCALAR_ORDER - 1n, true],
    ['L', SCALAR_ORDER, false],
    ['L + 1', SCALAR_ORDER + 1n, false],
    ['2^256 - 1', (1n << 256n) - 1n, false],
  ])('S = %s', (_name, s, canonical) => {
    const signature = new Uint8Array(64);
    signature.set(toLittleEndian(s), 32);
    expect(hasCanonicalS(signature)).toBe(canonical);
  });

  it.each([0, 32, 63, 65, 128])('a signature of %i bytes is refused', (length) => {
    expect(hasCanonicalS(new Uint8Array(length))).toBe(false);
  });

  it('leaves the signature as it was', () => {
    const signature = Uint8Array.from({ length: 64 }, (_, i) => i);
    hasCanonicalS(signature);
    expect(signature).toEqual(Uint8Array.from({ length: 64 }, (_, i) => i));
  });
});

describe('Buffers, whose slice() shares memory', () => {
  it.each(ED25519_MATRIX)('$name: same verdict, and nothing is changed', (row) => {
    const before = [row.signature, row.message, row.publicKey].map(toHex);
    const [signature, message, publicKey] = [row.signature, row.message, row.publicKey].map((bytes) =>
      Buffer.from(bytes),
    ) as [Buffer, Buffer, Buffer];
    expect(verifyEd25519(signature, message, publicKey)).toBe(row.verifies);
    expect([signature, message, publicKey].map(toHex)).toEqual(before);
  });
});

describe('seeds', () => {
  it.each([0, 31, 33, 64])('a seed of %i bytes is refused', (length) => {
    const seed = new Uint8Array(length);
    expect(() => ed25519PublicKey(seed)).toThrow(PrimitivesError);
    expect(() => signEd25519(new Uint8Array(1), seed)).toThrow(
      expect.objectContaining({ code: 'wrong_length' }),
    );
  });
});
