import { x25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findX25519PublicKeyFault, fromHex } from '../src/index.ts';

const P = 2n ** 255n - 19n;
const bytesOf = (u: bigint): Uint8Array => fromHex(u.toString(16).padStart(64, '0')).reverse();

describe('an X25519 public key', () => {
  it.each([
    ['of 31 bytes', new Uint8Array(31).fill(9), 'wrong_length'],
    ['of 33 bytes', new Uint8Array(33).fill(9), 'wrong_length'],
    ['0', bytesOf(0n), 'low_order'],
    ['1', bytesOf(1n), 'low_order'],
    ['p - 1', bytesOf(P - 1n), 'low_order'],
    ['p, which is 0', bytesOf(P), 'low_order'],
    ['p + 1, which is 1', bytesOf(P + 1n), 'low_order'],
    ['0 with the top bit', bytesOf(2n ** 255n), 'low_order'],
    ['p + 2', bytesOf(P + 2n), 'not_canonical'],
    ['9 with the top bit', bytesOf(2n ** 255n + 9n), 'not_canonical'],
    ['2', bytesOf(2n), undefined],
    ['p - 2', bytesOf(P - 2n), undefined],
  ])('%s', (_what, bytes, fault) => {
    expect(findX25519PublicKeyFault(bytes)).toBe(fault);
  });

  it('of any private key has no fault', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (secret) => {
        expect(findX25519PublicKeyFault(x25519.getPublicKey(secret))).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });
});
