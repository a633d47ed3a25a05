// The address of a caller. A socket that takes both families gives an IPv4 address as ::ffff:a.b.c.d, which
// is the same address. To code that counts by network, all of IPv4 would otherwise be one IPv6 network.

import { parseReportedIpAddress } from '@mesh/wg';

/**
 * @returns canonical text, IPv4 as IPv4; text that is not a plain address, such as one with a zone id, as it
 *   is
 */
export function plainAddress(remoteAddress: string): string {
  try {
    return parseReportedIpAddress(remoteAddress);
  } catch {
    return remoteAddress;
  }
}
