// What follows from the family of an address, for the programs of the lab. They import no package, so that
// they start quickly and need no condition of Node's.

import { isIPv6 } from 'node:net';

export function datagramType(address: string): 'udp4' | 'udp6' {
  return isIPv6(address) ? 'udp6' : 'udp4';
}

/** As a URL writes it: an IPv6 address stands in brackets. */
export function urlHost(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}
