import type { Cidr } from '@mesh/wg';

/** True for a /32 or /128: one address rather than a block. Pure. */
export function isHostCidr(cidr: Cidr): boolean {
  return cidr.endsWith(cidr.includes(':') ? '/128' : '/32');
}
