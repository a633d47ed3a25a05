// The address of whoever connected. A socket that takes both families gives an IPv4 address as ::ffff:a.b.c.d: it is
// one and the same address, and all of IPv4 would otherwise be one IPv6 network to whoever counts by network.

import { parseReportedIpAddress } from '@mesh/wg';

/** @returns canonical text, IPv4 as IPv4; what is no plain address (a zone id) comes back as it is */
export function plainAddress(remoteAddress: string): string {
  try {
    return parseReportedIpAddress(remoteAddress);
  } catch {
    return remoteAddress;
  }
}
