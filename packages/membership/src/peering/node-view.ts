// Finds what one node may know of its peers, and which pairs have keys in which epoch. Pure.

import type { ConfigPeer } from '@mesh/protocol';
import {
  type Cidr,
  formatEndpoint,
  type InterfaceSlot,
  IP_ADDRESS_BITS,
  type IpAddress,
  ipFamily,
  isUsableUnderlay,
  joinHostPort,
  parseEndpoint,
} from '@mesh/wg';
import type { EpochRecord, NodeRecord } from '../state/records.ts';

/** @param limit the pair's limit in bits per second; undefined if it has none */
export function peerView(
  peer: NodeRecord,
  limit: number | undefined,
  overlayNetworks: readonly Cidr[],
): ConfigPeer {
  const keys = peer.wgPublicKeys;
  return {
    node_id: peer.nodeId,
    public_keys: keys.b === undefined ? { a: keys.a } : { a: keys.a, b: keys.b },
    endpoint: endpointOf(peer, overlayNetworks),
    ...(keys.b === undefined ? {} : { endpoint_b: endpointOf(peer, overlayNetworks, 'b') }),
    allowed_ips: peer.addresses.map(hostRoute),
    class: peer.class,
    ...(limit === undefined ? {} : { limit: { bits_per_second: limit } }),
  };
}

/**
 * The first advertised address at which others can reach the node, else the address that the controller saw;
 * null if none can be used. What a node advertises must never keep others from their configs, or aim their
 * tunnels at themselves: an address that cannot be used, or is within the overlay, is skipped.
 *
 * @param overlayNetworks the mesh's networks, the same at every call
 */
export function endpointOf(
  node: NodeRecord,
  overlayNetworks: readonly Cidr[],
  slot: InterfaceSlot = 'a',
): string | null {
  let endpoint = endpoints[slot].get(node);
  if (endpoint === undefined) {
    endpoint = findEndpoint(node, overlayNetworks, slot);
    endpoints[slot].set(node, endpoint);
  }
  return endpoint;
}

/** The endpoints already found. Records never change, and every peer asks for each of them. */
const endpoints: Record<InterfaceSlot, WeakMap<NodeRecord, string | null>> = {
  a: new WeakMap(),
  b: new WeakMap(),
};

function findEndpoint(
  node: NodeRecord,
  overlayNetworks: readonly Cidr[],
  slot: InterfaceSlot,
): string | null {
  const port = node.endpoint.listen_ports[slot];
  if (port === undefined) return null;
  for (const host of [...node.endpoint.advertise, node.observedAddress]) {
    if (host === undefined) continue;
    try {
      const endpoint = parseEndpoint(joinHostPort(host, port));
      if (isUsableUnderlay(endpoint.host, overlayNetworks)) return formatEndpoint(endpoint);
    } catch {
      // a multicast address, one with a zone, …
    }
  }
  return null;
}

/** An address as the route to this one node: 10.77.0.3 → 10.77.0.3/32. */
export function hostRoute(address: IpAddress): string {
  return `${address}/${IP_ADDRESS_BITS[ipFamily(address)]}`;
}

/** Whether two nodes share a key in an epoch: both must have been in when it began. */
export function haveKeys(one: NodeRecord, other: NodeRecord, epoch: EpochRecord): boolean {
  return isInSince(one, epoch) && isInSince(other, epoch);
}

function isInSince(node: NodeRecord, epoch: EpochRecord): boolean {
  return node.admittedSince !== undefined && node.admittedSince <= epoch.epochId;
}
