// The plain form of a caller's address. A socket for both families reports an IPv4 address as ::ffff:a.b.c.d.
// Code that counts by network would take all of IPv4 for one IPv6 network.

import { parseReportedIpAddress } from '@mesh/wg';

/**
 * @returns canonical text, IPv4 as IPv4. Other text, for example an address with a zone id, is returned
 *   unchanged
 */
export function plainAddress(remoteAddress: string): string {
  try {
    return parseReportedIpAddress(remoteAddress);
  } catch {
    return remoteAddress;
  }
}
