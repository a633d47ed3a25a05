// Compares address ranges as bytes: which one contains which.

import type { Cidr } from './cidr.ts';
import { parseIpBytes } from './ip-address.ts';

export interface Block {
  readonly bytes: Uint8Array;
  readonly prefixLength: number;
}

export function readBlock(cidr: string): Block {
  const slash = cidr.indexOf('/');
  return { bytes: parseIpBytes(cidr.slice(0, slash)), prefixLength: Number(cidr.slice(slash + 1)) };
}

export function holds({ bytes, prefixLength }: Block, address: Uint8Array): boolean {
  if (bytes.length !== address.length) return false;
  return bytes.every((byte, at) => {
    const bits = Math.min(8, Math.max(0, prefixLength - at * 8));
    return ((byte ^ (address[at] ?? 0)) & (0xff << (8 - bits)) & 0xff) === 0;
  });
}

/**
 * Whether every address of `inner` is one of `outer`. Blocks of different families never cover each other.
 */
export function cidrCovers(outer: Cidr, inner: Cidr): boolean {
  const [wide, narrow] = [readBlock(outer), readBlock(inner)];
  return wide.prefixLength <= narrow.prefixLength && holds(wide, narrow.bytes);
}

/** Whether two address blocks have an address in common. */
export function cidrsOverlap(one: Cidr, other: Cidr): boolean {
  return cidrCovers(one, other) || cidrCovers(other, one);
}
