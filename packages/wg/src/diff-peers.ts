// Finds the changes that give a running interface the desired peers without dropping a healthy tunnel. A peer
// that stays is updated in place, field by field, and is never removed and added again.

import { equalBytes } from '@mesh/primitives';
import type { Cidr } from './cidr.ts';
import { checkDistinctPeers, type WgPeer } from './config-types.ts';
import { presharedKeyDigest } from './device-state.ts';
import { type Endpoint, formatEndpoint, type LearntEndpoint } from './endpoint.ts';
import { joinHostPort } from './ip-family.ts';
import { type WgPresharedKey, type WgPublicKey, wgKeyToBytes } from './keys.ts';
import { sameCidrs } from './same-cidrs.ts';

/** An existing peer: a {@link WgPeer} or a peer of a `WgDeviceState`. */
export interface CurrentPeer {
  readonly publicKey: WgPublicKey;
  readonly presharedKey?: WgPresharedKey;
  readonly presharedKeyDigest?: string;
  readonly endpoint?: LearntEndpoint;
  readonly allowedIps: readonly Cidr[];
  readonly persistentKeepaliveSeconds?: number;
}

/** A wanted peer. */
export interface DesiredPeer extends WgPeer {
  /**
   * `presharedKeyDigest` of its preshared key, for callers that compare often; made here where it is left
   * out.
   */
  readonly presharedKeyDigest?: string;
}

/** The fields of one existing peer that must change, and no others. */
export interface PeerUpdate {
  readonly publicKey: WgPublicKey;
  /** `null` takes the key away. */
  readonly presharedKey?: WgPresharedKey | null;
  readonly endpoint?: Endpoint;
  /** The whole new list, in place of the old one. */
  readonly allowedIps?: readonly Cidr[];
  /** 0 turns it off. */
  readonly persistentKeepaliveSeconds?: number;
}

export interface PeerDiff {
  readonly remove: readonly WgPublicKey[];
  readonly add: readonly WgPeer[];
  readonly update: readonly PeerUpdate[];
}

export interface DiffOptions {
  /**
   * `keep` (default): a peer's endpoint is set only where the device knows none. WireGuard roams, so a
   * different one was learnt from the peer itself. `enforce`: every endpoint that differs from the desired
   * one is set again. A map of what the caller last set, by peer: as `keep`, and a desired endpoint that has
   * changed since is set as well.
   */
  readonly endpoints?: EndpointPolicy;
}

export type EndpointPolicy = 'keep' | 'enforce' | ReadonlyMap<WgPublicKey, Endpoint>;

/**
 * Compares by public key. The order of peers and of allowed IPs does not matter. The results keep the given
 * order (`remove` that of `current`, `add` and `update` that of `desired`). If a desired peer has no
 * endpoint, the existing endpoint stays: WireGuard cannot forget one. Apply `remove` before the rest: an
 * allowed IP may move.
 * @throws WgError `duplicate_peer` if a list names a peer twice; `invalid_key`
 */
export function diffPeers(
  current: readonly CurrentPeer[],
  desired: readonly DesiredPeer[],
  { endpoints = 'keep' }: DiffOptions = {},
): PeerDiff {
  checkDistinctPeers(current);
  checkDistinctPeers(desired);
  const found = new Map(current.map((peer) => [peer.publicKey, peer]));
  const wanted = new Set(desired.map((peer) => peer.publicKey));
  const add: WgPeer[] = [];
  const update: PeerUpdate[] = [];
  for (const peer of desired) {
    const existing = found.get(peer.publicKey);
    if (existing === undefined) {
      add.push(peer);
      continue;
    }
    const change = updateOf(existing, peer, endpoints);
    if (change !== undefined) update.push(change);
  }
  const remove = current.map((peer) => peer.publicKey).filter((publicKey) => !wanted.has(publicKey));
  return { remove, add, update };
}

function updateOf(
  found: CurrentPeer,
  wanted: DesiredPeer,
  endpoints: EndpointPolicy,
): PeerUpdate | undefined {
  const keepalive = wanted.persistentKeepaliveSeconds ?? 0;
  const setsKey = !samePresharedKey(found, wanted);
  const setsEndpoint = wanted.endpoint !== undefined && mustSetEndpoint(found, wanted.endpoint, endpoints);
  const setsRanges = !sameCidrs(found.allowedIps, wanted.allowedIps);
  const setsKeepalive = (found.persistentKeepaliveSeconds ?? 0) !== keepalive;
  if (!setsKey && !setsEndpoint && !setsRanges && !setsKeepalive) return undefined;
  return {
    publicKey: wanted.publicKey,
    ...(setsKey ? { presharedKey: wanted.presharedKey ?? null } : {}),
    ...(setsEndpoint ? { endpoint: wanted.endpoint } : {}),
    ...(setsRanges ? { allowedIps: wanted.allowedIps } : {}),
    ...(setsKeepalive ? { persistentKeepaliveSeconds: keepalive } : {}),
  };
}

function samePresharedKey(found: CurrentPeer, wanted: DesiredPeer): boolean {
  if (found.presharedKeyDigest === undefined) return sameKey(found.presharedKey, wanted.presharedKey);
  if (wanted.presharedKey === undefined) return false;
  return found.presharedKeyDigest === (wanted.presharedKeyDigest ?? presharedKeyDigest(wanted.presharedKey));
}

function sameKey(one: WgPresharedKey | undefined, other: WgPresharedKey | undefined): boolean {
  if (one === undefined || other === undefined) return one === undefined && other === undefined;
  return equalBytes(wgKeyToBytes(one), wgKeyToBytes(other));
}

function mustSetEndpoint(
  { publicKey, endpoint: found }: CurrentPeer,
  wanted: Endpoint,
  policy: EndpointPolicy,
): boolean {
  if (found === undefined) return true;
  if (policy === 'keep') return false;
  // formatEndpoint could throw for the existing endpoint: a device may learn one that nobody may configure.
  if (policy === 'enforce')
    return found.zone !== undefined || formatEndpoint(wanted) !== joinHostPort(found.host, found.port);
  const lastSet = policy.get(publicKey);
  return lastSet !== undefined && (lastSet.host !== wanted.host || lastSet.port !== wanted.port);
}
