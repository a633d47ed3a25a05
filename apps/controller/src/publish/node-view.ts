// What one node may know of its peers, and which pairs have keys in which epoch. Pure.

import type { ConfigPeer } from '@mesh/protocol';
import { formatEndpoint, type InterfaceSlot, parseEndpoint } from '@mesh/wg';
import type { EpochRecord, NodeRecord } from '../state/mesh-state.ts';

/** @param limit bits a second of this pair; undefined: none */
export function peerView(peer: NodeRecord, limit: number | undefined): ConfigPeer {
  const keys = peer.wgPublicKeys;
  return {
    node_id: peer.nodeId,
    public_keys: keys.b === undefined ? { a: keys.a } : { a: keys.a, b: keys.b },
    endpoint: endpointOf(peer, 'a'),
    ...(keys.b === undefined ? {} : { endpoint_b: endpointOf(peer, 'b') }),
    allowed_ips: peer.addresses.map(hostRoute),
    class: peer.class,
    ...(limit === undefined ? {} : { limit: { bits_per_second: limit } }),
  };
}

/**
 * The first advertised address that a peer can be reached at, else the one that the controller saw; null where there
 * is none. What a node advertises must never keep others from their configs: what cannot be used is passed over.
 */
export function endpointOf(node: NodeRecord, slot: InterfaceSlot): string | null {
  let endpoint = endpoints[slot].get(node);
  if (endpoint === undefined) {
    endpoint = findEndpoint(node, slot);
    endpoints[slot].set(node, endpoint);
  }
  return endpoint;
}

/** Records never change, and each is asked for once by every peer. */
const endpoints: Record<InterfaceSlot, WeakMap<NodeRecord, string | null>> = {
  a: new WeakMap(),
  b: new WeakMap(),
};

function findEndpoint(node: NodeRecord, slot: InterfaceSlot): string | null {
  const port = node.endpoint.listen_ports[slot];
  if (port === undefined) return null;
  for (const host of [...node.endpoint.advertise, node.observedAddress]) {
    if (host === undefined) continue;
    try {
      return formatEndpoint(parseEndpoint(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`));
    } catch {
      // a multicast address, one with a zone, …
    }
  }
  return null;
}

/** An address as the route to this one node: 10.77.0.3 → 10.77.0.3/32. */
export function hostRoute(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

/** Whether two nodes share a key in an epoch: both were in by then. */
export function haveKeys(one: NodeRecord, other: NodeRecord, epoch: EpochRecord): boolean {
  return isInSince(one, epoch) && isInSince(other, epoch);
}

function isInSince(node: NodeRecord, epoch: EpochRecord): boolean {
  return node.admittedSince !== undefined && node.admittedSince <= epoch.epochId;
}
