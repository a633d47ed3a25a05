// The overlay addresses in a config: this node's own, and one of each peer. Pure.

import type { NodeId } from '@mesh/primitives';
import { type Cidr, cidrAddress, isHostCidr, parseAllowedIp, type WgPublicKey } from '@mesh/wg';
import type { HeldConfig } from './held-config.ts';

export interface ProbeTarget {
  readonly nodeId: NodeId;
  /** An overlay address of the peer. */
  readonly address: string;
}

/** `10.77.0.5`, `10.77.0.5/32` and `10.77.0.5/16` name one host. @throws WgError `invalid_cidr` */
export function hostAddress(text: string): Cidr {
  return parseAllowedIp(text.split('/')[0]);
}

/**
 * Addresses without their prefix. A peer with a probation tunnel is not a target: only its service answers.
 *
 * @param present the peers to include; by default all peers of the config
 */
export function overlayTargets(
  config: HeldConfig | undefined,
  present?: ReadonlySet<WgPublicKey>,
): {
  readonly own: readonly string[];
  readonly peers: readonly ProbeTarget[];
} {
  if (config === undefined) return { own: [], peers: [] };
  const peers: ProbeTarget[] = [];
  for (const peer of config.allowed ? config.peers.values() : []) {
    if (peer.onlyService !== undefined || present?.has(peer.publicKey) === false) continue;
    const address = firstHost(peer.nodeId, peer.allowedIps);
    if (address !== undefined) peers.push(address);
  }
  return { own: (config.interface?.addresses ?? []).map((text) => text.split('/')[0] ?? text), peers };
}

/**
 * The first allowed IP that is a single host. Such an address is the peer's own; wider ranges are networks
 * behind it.
 */
function firstHost(nodeId: NodeId, allowedIps: readonly Cidr[]): ProbeTarget | undefined {
  const host = allowedIps.find(isHostCidr);
  return host === undefined ? undefined : { nodeId, address: cidrAddress(host) };
}
