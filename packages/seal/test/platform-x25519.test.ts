import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  generateKemKeyPair,
  openSealed,
  portableX25519,
  SEAL_SUITES,
  sealTo,
  type X25519,
} from '../src/index.ts';
import { nodeX25519 } from './node-x25519.ts';
import { aad, bytes, info, pairOf, randomnessFor, sealError } from './samples.ts';

it('the portable X25519 and the platform’s agree on public keys and shared secrets', () => {
  const secret = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(secret, secret, (one, two) => {
      const other = portableX25519.publicKeyOf(two);
      expect(nodeX25519.publicKeyOf(one)).toEqual(portableX25519.publicKeyOf(one));
      expect(nodeX25519.sharedSecretOf(one, other)).toEqual(portableX25519.sharedSecretOf(one, other));
    }),
    { numRuns: 30 },
  );
});

describe.each(SEAL_SUITES)('%s with the platform’s X25519', (suite) => {
  const plaintext = bytes(50);
  const { publicKey, privateKey } = pairOf(suite);
  const seal = (x25519?: X25519) =>
    sealTo({ suite, publicKey, info, aad, plaintext, randomness: randomnessFor(suite) }, x25519);

  it('makes the same keys and the same messages, and opens them', () => {
    expect(generateKemKeyPair(suite, bytes(32), nodeX25519).publicKey).toEqual(publicKey);
    const sealed = seal(nodeX25519);
    expect(sealed).toEqual(seal());
    expect(openSealed({ suite, privateKey, info, aad, sealed }, nodeX25519)).toEqual(plaintext);
  });

  it('opens nothing when the platform gives a zero shared secret', () => {
    const zeros: X25519 = { ...portableX25519, sharedSecretOf: () => new Uint8Array(32) };
    expect(() => seal(zeros)).toThrow('zeros');
    const sealed = seal();
    expect(() => openSealed({ suite, privateKey, info, aad, sealed }, zeros)).toThrow(
      sealError('cannot_open'),
    );
  });

  it('zeroes every Diffie-Hellman result that it got', () => {
    const secrets: Uint8Array[] = [];
    const watched: X25519 = {
      publicKeyOf: (secret) => {
        secrets.push(secret);
        return portableX25519.publicKeyOf(secret);
      },
      sharedSecretOf: (secret, point) => {
        const shared = portableX25519.sharedSecretOf(secret, point);
        secrets.push(shared);
        expect(shared.some((byte) => byte !== 0)).toBe(true);
        return shared;
      },
    };
    seal(watched);
    openSealed({ suite, privateKey, info, aad, sealed: seal() }, watched);
    expect(secrets.length).toBeGreaterThanOrEqual(3);
    expect(secrets.every((secret) => secret.every((byte) => byte === 0))).toBe(true);
  });
});
