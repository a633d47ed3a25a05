// Decides which 32 bytes count as an X25519 public key: a reduced u-coordinate with the top bit clear that is
// not of low order. RFC 7748 accepts more (section 5: it masks the top bit and reduces), but then one key has
// several spellings. A point of low order makes every shared secret zero.

import { toHex } from './bytes.ts';

export type X25519PublicKeyFault = 'wrong_length' | 'low_order' | 'not_canonical';

/** The u below 2^255 that X25519 takes to zero (https://cr.yp.to/ecdh.html, "validation"), little-endian. */
const LOW_ORDER_U: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/**
 * What is wrong with these bytes as an X25519 public key, or undefined if they are one. It needs no curve
 * arithmetic. Every spelling of a point of low order counts as `low_order`.
 */
export function findX25519PublicKeyFault(publicKey: Uint8Array): X25519PublicKeyFault | undefined {
  if (publicKey.length !== 32) return 'wrong_length';
  const masked = Uint8Array.from(publicKey);
  masked[31] = (masked[31] ?? 0) & 0x7f;
  if (LOW_ORDER_U.has(toHex(masked))) return 'low_order';
  return isBelowPrime(publicKey) ? undefined : 'not_canonical';
}

/** Below p = 2^255 − 19, which is ed ff … ff 7f in little-endian. */
function isBelowPrime(u: Uint8Array): boolean {
  const [lowest = 0, ...rest] = u;
  const highest = rest.pop() ?? 0xff;
  if (highest !== 0x7f) return highest < 0x7f;
  return lowest < 0xed || rest.some((byte) => byte !== 0xff);
}
