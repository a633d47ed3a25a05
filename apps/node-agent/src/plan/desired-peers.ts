// Config + lease + time → the peers that the interface should have now. Pure.

import { defined, type NodeId } from '@mesh/primitives';
import type { Cidr, Endpoint, WgPublicKey } from '@mesh/wg';
import { type DueKey, dueKey } from './due-changes.ts';
import { type HeldConfig, permittedPeers } from './held-config.ts';

export interface DesiredPeer {
  readonly nodeId: NodeId;
  readonly publicKey: WgPublicKey;
  readonly endpoint?: Endpoint;
  readonly allowedIps: readonly Cidr[];
  /** If it is absent, a peer on the interface keeps its key, and another peer waits for a key. */
  readonly key?: DueKey;
  /** 25 by default. */
  readonly keepaliveSeconds?: number;
  /**
   * What to do if the interface has another key: set this one during the session, or begin a new session.
   */
  readonly onNewKey?: 'set' | 'replace';
}

export type Desired =
  /** Nothing was heard yet, but the lease of an earlier run still holds. The interface stays as it is. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'peers'; readonly peers: ReadonlyMap<WgPublicKey, DesiredPeer> }
  | { readonly kind: 'closed'; readonly why: 'denied' | 'lease_ended' | 'routes_overlap' };

export interface DesiredInput {
  readonly config: HeldConfig | undefined;
  readonly leaseHolds: boolean;
  readonly controllerNowMs: number;
}

export function desiredPeers({ config, leaseHolds, controllerNowMs }: DesiredInput): Desired {
  if (!leaseHolds) return { kind: 'closed', why: 'lease_ended' };
  if (config === undefined) return { kind: 'unknown' };
  const permitted = permittedPeers(config);
  if (!config.allowed && permitted.length === 0) return { kind: 'closed', why: 'denied' };
  const peers = new Map<WgPublicKey, DesiredPeer>();
  for (const peer of permitted) {
    const key = dueKey(config.keySets, peer, controllerNowMs);
    if (key === undefined && peer.comesAnew) continue;
    peers.set(peer.publicKey, {
      nodeId: peer.nodeId,
      publicKey: peer.publicKey,
      ...defined({ endpoint: peer.endpoint }),
      allowedIps: peer.allowedIps,
      ...defined({ key }),
    });
  }
  return { kind: 'peers', peers };
}
