// Plans the steps that make the peers on the interface equal to the desired peers. Pure, and independent of
// the order of both. `diffPeers` of @mesh/wg finds the differences. This file decides which call removes a
// difference and what has to wait: a peer without a key, and a peer whose session is of another epoch.

import { defined } from '@mesh/primitives';
import {
  type DesiredPeer as DiffedPeer,
  diffPeers,
  type Endpoint,
  type WgDevicePeer,
  type WgPublicKey,
} from '@mesh/wg';
import type { NewPeer, PeerUpdate, PresharedKeyChange } from '@mesh/wg-device';
import type { Desired, DesiredPeer } from './desired-peers.ts';

/** With a keepalive a peer is re-admitted in less than 10 ms. Without it the first packet can wait 15 s. */
export const KEEPALIVE_SECONDS = 25;

export type FoundPeer = Pick<
  WgDevicePeer,
  'publicKey' | 'presharedKeyDigest' | 'endpoint' | 'allowedIps' | 'persistentKeepaliveSeconds'
>;

/** What the agent remembers of its own changes, to distinguish them from those of others. */
export interface ReconcileMemory {
  /**
   * The endpoint that each peer was last given from a config. WireGuard learns endpoints by itself, and the
   * agent does not overwrite those. It sets an endpoint only if the peer has none, or if the config's
   * endpoint has changed since.
   */
  readonly endpoints: ReadonlyMap<WgPublicKey, Endpoint>;
}

export interface Plan {
  /** Removals come before everything else. */
  readonly remove: readonly WgPublicKey[];
  readonly setPsks: readonly PresharedKeyChange[];
  readonly update: readonly PeerUpdate[];
  /** New peers, and altered ones that are corrected in place. */
  readonly add: readonly NewPeer[];
}

const NOTHING: Plan = { remove: [], setPsks: [], update: [], add: [] };

export function reconcile(
  desired: Desired,
  interfacePeers: readonly FoundPeer[],
  memory: ReconcileMemory,
): Plan {
  if (desired.kind === 'unknown') return NOTHING;
  const wanted: ReadonlyMap<WgPublicKey, DesiredPeer> = desired.kind === 'peers' ? desired.peers : new Map();
  const here = new Map(interfacePeers.map((peer) => [peer.publicKey, peer]));
  const settable = [...wanted.values()].filter((peer) => canBeSet(peer, here.get(peer.publicKey)));
  const { remove, add, update } = diffPeers(interfacePeers, settable.map(diffed), memory);
  const repaired = update.filter((change) => change.persistentKeepaliveSeconds !== undefined);
  return {
    remove,
    // A key is never taken away: a peer without a key in the config keeps the key that is on the interface.
    setPsks: update.flatMap(({ publicKey, presharedKey }) =>
      presharedKey === undefined || presharedKey === null ? [] : [{ publicKey, presharedKey }],
    ),
    update: update.flatMap(peerUpdate),
    add: [...add, ...repaired].flatMap(({ publicKey }) => newPeer(wanted.get(publicKey))),
  };
}

/**
 * Whether a peer may be on the interface now. A peer without a key is not added. A peer whose session is of
 * another epoch is removed, so that its session ends, and the next plan adds the peer again.
 */
function canBeSet({ key, onNewKey }: DesiredPeer, found: FoundPeer | undefined): boolean {
  if (key === undefined) return found !== undefined;
  return found === undefined || onNewKey !== 'replace' || key.digest === found.presharedKeyDigest;
}

function diffed({ publicKey, key, endpoint, allowedIps, keepaliveSeconds }: DesiredPeer): DiffedPeer {
  const persistentKeepaliveSeconds = keepaliveSeconds ?? KEEPALIVE_SECONDS;
  return {
    publicKey,
    ...(key === undefined ? {} : { presharedKey: key.presharedKey, presharedKeyDigest: key.digest }),
    ...defined({ endpoint }),
    allowedIps,
    ...(persistentKeepaliveSeconds === 0 ? {} : { persistentKeepaliveSeconds }),
  };
}

function peerUpdate({ publicKey, endpoint, allowedIps }: PeerUpdate): PeerUpdate[] {
  if (endpoint === undefined && allowedIps === undefined) return [];
  return [
    {
      publicKey,
      ...defined({ endpoint, allowedIps }),
    },
  ];
}

/** Empty for a peer without a key, because adding a peer needs its key. */
function newPeer(peer: DesiredPeer | undefined): NewPeer[] {
  if (peer?.key === undefined) return [];
  return [
    {
      publicKey: peer.publicKey,
      presharedKey: peer.key.presharedKey,
      ...defined({ endpoint: peer.endpoint }),
      allowedIps: peer.allowedIps,
      persistentKeepaliveSeconds: peer.keepaliveSeconds ?? KEEPALIVE_SECONDS,
    },
  ];
}
