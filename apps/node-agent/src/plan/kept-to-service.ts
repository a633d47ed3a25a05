// Lets the peer of a probation tunnel on the interface only while the kernel keeps it to its service. Pure.
// WireGuard cannot do that, so without a guard there is no probation tunnel.

import type { Restrictions } from '@mesh/wg-device';
import type { Desired } from './desired-peers.ts';
import type { HeldConfig, HeldPeer } from './held-config.ts';

/** The desired peers without those that are to be kept to a service and are not. */
export function withoutUnguarded(
  desired: Desired,
  config: HeldConfig | undefined,
  restrictions: Restrictions,
): Desired {
  if (desired.kind !== 'peers' || config === undefined) return desired;
  const isOpen = (peer: HeldPeer | undefined) =>
    peer?.onlyService !== undefined &&
    !restrictions.holdFor({ addresses: peer.allowedIps, service: peer.onlyService });
  const kept = [...desired.peers].filter(([, { nodeId }]) => !isOpen(config.peers.get(nodeId)));
  return kept.length === desired.peers.size ? desired : { kind: 'peers', peers: new Map(kept) };
}
