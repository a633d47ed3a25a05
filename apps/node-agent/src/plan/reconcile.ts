// Desired peers against the peers found on the interface → the steps that make them equal. Pure, and
// independent of the order of either. `diffPeers` of @mesh/wg says what differs; here is which call makes it
// equal, and what has to wait: a peer without a key, and a peer whose session is of another epoch.

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

/** With it a peer is re-admitted in under 10 ms; without it the first packet can wait 15 s. */
export const KEEPALIVE_SECONDS = 25;

export type FoundPeer = Pick<
  WgDevicePeer,
  'publicKey' | 'presharedKeyDigest' | 'endpoint' | 'allowedIps' | 'persistentKeepaliveSeconds'
>;

/** What the agent remembers of its own changes, to tell them from those of others. */
export interface ReconcileMemory {
  /**
   * The endpoint of the config when it was last set, by peer. WireGuard learns endpoints by itself, and those
   * are left alone: an endpoint is set only where there is none, or where the config's own has changed since
   * it was last set.
   */
  readonly endpoints: ReadonlyMap<WgPublicKey, Endpoint>;
}

export interface Plan {
  /** These come before everything else. */
  readonly remove: readonly WgPublicKey[];
  readonly setPsks: readonly PresharedKeyChange[];
  readonly update: readonly PeerUpdate[];
  /** New peers, and altered ones that are put right in place. */
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
    // No key is ever taken away: a peer without one in the config keeps the key that is on the interface.
    setPsks: update.flatMap(({ publicKey, presharedKey }) =>
      presharedKey === undefined || presharedKey === null ? [] : [{ publicKey, presharedKey }],
    ),
    update: update.flatMap(peerUpdate),
    add: [...add, ...repaired].flatMap(({ publicKey }) => newPeer(wanted.get(publicKey))),
  };
}

/**
 * A peer without a key is not added. A peer whose session is of another epoch is taken for unwanted, so that
 * its session goes with it: the next plan adds the peer again.
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

/** None for a peer without a key: adding one needs it. */
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
