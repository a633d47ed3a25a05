// Which 32 bytes are an X25519 public key here: a canonical u-coordinate that is not of low order. RFC 7748 takes more
// (section 5: it masks the top bit and reduces), but then one key has several spellings, and a key id would name a
// spelling; and a point of low order makes every shared secret zero.

import { toHex } from '@mesh/primitives';
import { SealError } from './seal-error.ts';

export const X25519_LENGTH_BYTES = 32;

/** u = 0, 1, the two of order 8, and p − 1, little-endian (https://cr.yp.to/ecdh.html, "validation"). */
const LOW_ORDER_POINTS: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/** @throws SealError `invalid_public_key` */
export function checkX25519PublicKey(publicKey: Uint8Array): void {
  if (!isBelowPrime(publicKey)) {
    throw new SealError(
      'invalid_public_key',
      'not a canonical X25519 public key: send the 32 bytes as they were made, reduced and with the top bit clear',
    );
  }
  if (LOW_ORDER_POINTS.has(toHex(publicKey))) {
    throw new SealError('invalid_public_key', 'an X25519 public key of low order: make a new key pair');
  }
}

/** Below p = 2^255 − 19, which is ed ff … ff 7f in little-endian. */
function isBelowPrime(u: Uint8Array): boolean {
  const [lowest = 0, ...rest] = u;
  const highest = rest.pop() ?? 0xff;
  if (highest !== 0x7f) return highest < 0x7f;
  return lowest < 0xed || rest.some((byte) => byte !== 0xff);
}
