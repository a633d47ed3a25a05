import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RESPONDER_DELAY_MS, rotationRole, type WgPublicKey, wgKeyFromBytes } from '../src/index.ts';
import { publicKeys } from './arbitraries.ts';
import { expectWgError } from './expect-wg-error.ts';

const key = (first: number, last = 9) => {
  const bytes = new Uint8Array(32).fill(7);
  bytes[0] = first;
  bytes[31] = last;
  return wgKeyFromBytes('public', bytes);
};

it('the higher raw public key is the initiator', () => {
  expect(rotationRole(key(0x80), key(0x7f))).toBe('initiator');
  expect(rotationRole(key(0x7f), key(0x80))).toBe('responder');
  expect(rotationRole(key(1, 3), key(1, 2))).toBe('initiator');
  expect(RESPONDER_DELAY_MS).toBe(200);
});

it('the order is that of bytes even if base64 text sorts the other way', () => {
  const plus = key(0xf8);
  const letter = key(0x00);
  expect(plus.startsWith('+') && plus < letter).toBe(true);
  expect(rotationRole(plus, letter)).toBe('initiator');
});

it('two ends of a pair always have opposite roles, as Buffer.compare says', () => {
  fc.assert(
    fc.property(publicKeys, publicKeys, (a, b) => {
      fc.pre(a !== b);
      const higher = Buffer.compare(Buffer.from(a, 'base64'), Buffer.from(b, 'base64')) > 0;
      expect(rotationRole(a, b)).toBe(higher ? 'initiator' : 'responder');
      expect(rotationRole(b, a)).toBe(higher ? 'responder' : 'initiator');
    }),
  );
});

it('equal keys throw, and so does a value that is not a public key', () => {
  expectWgError(() => rotationRole(key(5), key(5)), 'same_key');
  const zero = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' as WgPublicKey;
  expectWgError(() => rotationRole(key(5), zero), 'invalid_key');
  expectWgError(() => rotationRole('' as WgPublicKey, key(5)), 'invalid_key');
});
