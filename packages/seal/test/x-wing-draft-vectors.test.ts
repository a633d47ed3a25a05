import { createHash } from 'node:crypto';
import { fromHex, toHex } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { generateKemKeyPair } from '../src/index.ts';
import { xWing } from '../src/x-wing.ts';
import { portableX25519 } from '../src/x25519.ts';
import file from './vectors/x-wing-draft.json' with { type: 'json' };

const kem = xWing(portableX25519);
const sha256 = (message: Uint8Array) => createHash('sha256').update(message).digest('hex');

describe.each(file.vectors)('X-Wing, seed $seed', (vector) => {
  it('derives the public key, encapsulates and decapsulates as the draft does', () => {
    const { publicKey, secret } = kem.deriveKeyPair(fromHex(vector.seed));
    expect(sha256(publicKey)).toBe(vector.pk_sha256);
    const { enc, sharedSecret } = kem.encapsulate(publicKey, fromHex(vector.eseed));
    expect(sha256(enc)).toBe(vector.ct_sha256);
    expect(toHex(sharedSecret)).toBe(vector.ss);
    expect(toHex(kem.decapsulate(enc, secret, publicKey))).toBe(vector.ss);
  });

  it('gives the same public key through the package', () => {
    const { publicKey } = generateKemKeyPair('mesh/seal/v1/x-wing', fromHex(vector.seed));
    expect(sha256(publicKey)).toBe(vector.pk_sha256);
  });
});

it('there are vectors', () => expect(file.vectors).toHaveLength(3));
