// Decides which addresses may be a peer's endpoint. WireGuard sends packets to any endpoint: to its own
// loopback, to a service on the host's own link (169.254.169.254 is a cloud's metadata), or back into the
// tunnel, where each packet becomes another one. A node must not be able to choose such an endpoint for
// others.

import { holds, readBlock } from './address-block.ts';
import type { Cidr } from './cidr.ts';
import { type IpAddress, parseIpBytes } from './ip-address.ts';

/**
 * Addresses that another host never has on an underlay: RFC 6890's "this host", loopback, link-local,
 * multicast, reserved.
 */
const UNUSABLE: readonly string[] = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Unspecified, loopback and the IPv4-compatible ones.
  '::/96',
  'fe80::/10',
  'ff00::/8',
];
const unusable = UNUSABLE.map(readBlock);

/**
 * Whether a peer can be reached at `address` from outside the tunnel.
 *
 * @param overlayNetworks the mesh's own address blocks: an endpoint in them is reached through the tunnel
 *   itself
 */
export function isUsableUnderlay(address: IpAddress, overlayNetworks: readonly Cidr[]): boolean {
  const bytes = parseIpBytes(address);
  return ![...unusable, ...overlayNetworks.map(readBlock)].some((block) => holds(block, bytes));
}
