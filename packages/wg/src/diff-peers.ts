// What to change on a running interface so that its peers become the desired ones, dropping no healthy tunnel: a peer
// that stays is updated in place, field by field, and never removed and added again.

import type { Cidr } from './cidr.ts';
import { checkDistinctPeers, type WgPeer } from './config-types.ts';
import { presharedKeyDigest } from './device-state.ts';
import { type Endpoint, formatEndpoint, type LearntEndpoint } from './endpoint.ts';
import { joinHostPort } from './ip-family.ts';
import type { WgPresharedKey, WgPublicKey } from './keys.ts';

/** A peer as found: a {@link WgPeer} or a peer of a `WgDeviceState`. */
export interface CurrentPeer {
  readonly publicKey: WgPublicKey;
  readonly presharedKey?: WgPresharedKey;
  readonly presharedKeyDigest?: string;
  readonly endpoint?: LearntEndpoint;
  readonly allowedIps: readonly Cidr[];
  readonly persistentKeepaliveSeconds?: number;
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
   * `keep` (default): a peer's endpoint is set only where the device knows none. WireGuard roams, so a different one
   * was learnt from the peer itself. `enforce`: every endpoint that differs from the desired one is set again.
   */
  readonly endpoints?: 'keep' | 'enforce';
}

/**
 * Compares by public key. Order of peers and of allowed IPs is no difference; the results keep the given order
 * (`remove` that of `current`, `add` and `update` that of `desired`). A desired peer without an endpoint leaves the
 * found one alone: WireGuard cannot forget an endpoint. Apply `remove` before the rest: an allowed IP may move.
 * @throws WgError `duplicate_peer` if a list names a peer twice; `invalid_key`
 */
export function diffPeers(
  current: readonly CurrentPeer[],
  desired: readonly WgPeer[],
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

function updateOf(found: CurrentPeer, wanted: WgPeer, endpoints: 'keep' | 'enforce'): PeerUpdate | undefined {
  const keepalive = wanted.persistentKeepaliveSeconds ?? 0;
  const change: PeerUpdate = {
    publicKey: wanted.publicKey,
    ...(samePresharedKey(found, wanted) ? {} : { presharedKey: wanted.presharedKey ?? null }),
    ...(wanted.endpoint !== undefined && mustSetEndpoint(found.endpoint, wanted.endpoint, endpoints)
      ? { endpoint: wanted.endpoint }
      : {}),
    ...(sameRanges(found.allowedIps, wanted.allowedIps) ? {} : { allowedIps: wanted.allowedIps }),
    ...((found.persistentKeepaliveSeconds ?? 0) === keepalive
      ? {}
      : { persistentKeepaliveSeconds: keepalive }),
  };
  return Object.keys(change).length > 1 ? change : undefined;
}

function samePresharedKey(found: CurrentPeer, wanted: WgPeer): boolean {
  if (found.presharedKeyDigest === undefined) return found.presharedKey === wanted.presharedKey;
  return (
    wanted.presharedKey !== undefined && found.presharedKeyDigest === presharedKeyDigest(wanted.presharedKey)
  );
}

function mustSetEndpoint(
  found: LearntEndpoint | undefined,
  wanted: Endpoint,
  policy: 'keep' | 'enforce',
): boolean {
  if (found === undefined) return true;
  return (
    policy === 'enforce' &&
    // Not formatEndpoint for both: what a device has learnt may be an endpoint that nobody may configure.
    (found.zone !== undefined || formatEndpoint(wanted) !== joinHostPort(found.host, found.port))
  );
}

function sameRanges(found: readonly Cidr[], wanted: readonly Cidr[]): boolean {
  const ranges = new Set(found);
  return ranges.size === new Set(wanted).size && wanted.every((range) => ranges.has(range));
}
