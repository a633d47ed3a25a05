// Merges an answer into the config that is held. Pure.

import { defined, type NodeId } from '@mesh/primitives';
import {
  beginsAtMs,
  type HeldConfig,
  type HeldPeer,
  type KeySet,
  permittedPeers,
} from '../../plan/held-config.ts';
import type { ReadConfig, ReadDelta, ReadFull } from './read-config.ts';

export type Merged =
  | { readonly kind: 'merged'; readonly config: HeldConfig }
  /**
   * The delta starts from a version that is not held, so a full config has to be requested. `config` is the
   * held config without the peers that the delta removes, because removals never wait.
   */
  | { readonly kind: 'refetch'; readonly config: HeldConfig | undefined };

/**
 * @param controllerNowMs the time on the controller's clock, which decides which sets of keys are in force
 */
export function mergeConfig(held: HeldConfig | undefined, said: ReadConfig, controllerNowMs: number): Merged {
  if (said.kind === 'full') return { kind: 'merged', config: mergeFull(held, said, controllerNowMs) };
  if (held === undefined) return { kind: 'refetch', config: undefined };
  const remaining = withoutNodes(held, said.removed);
  if (held.version !== said.base) {
    const allowed = held.allowed && said.head.allowed;
    return { kind: 'refetch', config: { ...remaining, allowed, peers: permitted(allowed, remaining.peers) } };
  }
  return { kind: 'merged', config: mergeDelta(remaining, said, controllerNowMs) };
}

/**
 * The peers of a full config replace those that were held. If its interface could not be read, the held one
 * stays.
 */
function mergeFull(held: HeldConfig | undefined, said: ReadFull, nowMs: number): HeldConfig {
  return {
    ...said.head,
    ...defined({ class: said.class }),
    interface: said.interface ?? held?.interface,
    peers: new Map([...said.peers].map(([nodeId, peer]) => [nodeId, freed(peer, held?.peers.get(nodeId))])),
    // A denied node has peers only by probation tunnels.
    keySets: said.head.allowed || said.peers.size > 0 ? fullKeys(held, said, nowMs) : [],
  };
}

/**
 * The keys of a full config replace those that were held, with two exceptions. A controller that has just
 * started no longer has the keys in force and sends none: then the held keys stay until those that it sends
 * come into force. If the keys could not be opened, the held keys stay as well. Both exceptions cover only
 * peers whose public keys are the same.
 */
function fullKeys(held: HeldConfig | undefined, { keys, peers }: ReadFull, nowMs: number): KeySet[] {
  if (keys.kind === 'none') return [];
  const same = new Map([...peers].filter(([nodeId, peer]) => hasSameKeys(peer, held?.peers.get(nodeId))));
  const goesOn = (held?.keySets ?? []).map(withKeysOf(same));
  if (keys.kind === 'sealed') return goesOn;
  const received = keys.sets.map(withKeysOf(peers));
  const namesCurrent = received.some((set) => set.activateAtMs === undefined);
  return namesCurrent ? received : mergeKeys(goesOn, received, nowMs);
}

/** @param held without the nodes that the delta removes */
function mergeDelta(held: HeldConfig, said: ReadDelta, nowMs: number): HeldConfig {
  const named = [...said.peers].map(([nodeId, peer]): [NodeId, HeldPeer] => [
    nodeId,
    said.removed.has(nodeId) ? { ...peer, comesAnew: true } : peer,
  ]);
  const peers = permitted(said.head.allowed, new Map([...held.peers, ...named]));
  // A peer that was named but could not be read must not stay in its old form.
  for (const nodeId of said.unread) peers.delete(nodeId);
  return {
    ...said.head,
    ...defined({ class: held.class }),
    interface: held.interface,
    peers,
    keySets: said.head.allowed ? deltaKeys(held, said, peers, nowMs) : [],
  };
}

/** A peer that may use everything, and could use one service before, comes anew. */
function freed(peer: HeldPeer, before: HeldPeer | undefined): HeldPeer {
  const wasKept = before?.onlyService !== undefined;
  return wasKept && peer.onlyService === undefined ? { ...peer, comesAnew: true } : peer;
}

function permitted(allowed: boolean, peers: ReadonlyMap<NodeId, HeldPeer>): Map<NodeId, HeldPeer> {
  return new Map(permittedPeers({ allowed, peers }).map((peer) => [peer.nodeId, peer]));
}

function deltaKeys(
  held: HeldConfig,
  { keys, peers: changed }: ReadDelta,
  peers: ReadonlyMap<NodeId, HeldPeer>,
  nowMs: number,
): readonly KeySet[] {
  const rekeyed = new Set(
    [...changed.values()]
      .filter(({ nodeId }) => held.peers.has(nodeId))
      .filter((peer) => !hasSameKeys(peer, held.peers.get(peer.nodeId)))
      .map(({ nodeId }) => nodeId),
  );
  const keySets = rekeyed.size === 0 ? held.keySets : held.keySets.map((set) => withoutPsks(set, rekeyed));
  if (keys.kind !== 'opened') return keySets;
  return mergeKeys(keySets, keys.sets, nowMs).map(withKeysOf(peers));
}

function withoutNodes(held: HeldConfig, gone: ReadonlySet<NodeId>): HeldConfig {
  if (gone.size === 0) return held;
  const peers = new Map([...held.peers].filter(([nodeId]) => !gone.has(nodeId)));
  return { ...held, peers, keySets: held.keySets.map((set) => withoutPsks(set, gone)) };
}

function withoutPsks(set: KeySet, nodes: ReadonlySet<NodeId>): KeySet {
  return { ...set, psks: new Map([...set.psks].filter(([nodeId]) => !nodes.has(nodeId))) };
}

/**
 * Whether a peer's public keys are unchanged. A pair key is derived from both ends' public keys, so old PSKs
 * are useless with a new public key.
 */
export function hasSameKeys(peer: HeldPeer, before: HeldPeer | undefined): boolean {
  return before?.publicKey === peer.publicKey && before.slotB?.publicKey === peer.slotB?.publicKey;
}

/**
 * A set with the keys of these peers only. Keys are sealed all together, so they may name a peer that was cut
 * meanwhile.
 */
export const withKeysOf =
  (peers: ReadonlyMap<NodeId, HeldPeer>) =>
  (set: KeySet): KeySet => ({
    ...set,
    psks: new Map([...set.psks].filter(([nodeId]) => peers.has(nodeId))),
  });

/**
 * Merges sets of keys. If an epoch is held already, the received keys are added to it. Otherwise a received
 * epoch replaces held ones: a received epoch in force replaces the held one in force, and a received pending
 * epoch replaces pending ones that would not begin before it. (A pending set whose time has come is in
 * force.)
 */
function mergeKeys(held: readonly KeySet[], received: readonly KeySet[], nowMs: number): KeySet[] {
  const inForce = (set: KeySet) => beginsAtMs(set) <= nowMs;
  const current = received.find((set) => set.activateAtMs === undefined);
  const next = received.find((set) => set.activateAtMs !== undefined);
  const kept = held.filter((set) => {
    if (received.some((named) => named.epochId === set.epochId)) return false;
    if (inForce(set)) return current === undefined || set.epochId > current.epochId;
    return next === undefined || beginsAtMs(set) < beginsAtMs(next);
  });
  const merged = received.map((set) => {
    const known = held.find((candidate) => candidate.epochId === set.epochId);
    if (known === undefined) return set;
    const psks = new Map([...known.psks, ...set.psks]);
    // The controller says that the epoch is in force, so it begins now at the latest. The responder's delay
    // still applies.
    const activateAtMs =
      set.activateAtMs ??
      (known.activateAtMs === undefined ? undefined : Math.min(known.activateAtMs, nowMs));
    return { epochId: set.epochId, psks, ...defined({ activateAtMs }) };
  });
  const all = [...kept, ...merged].sort((a, b) => a.epochId - b.epochId);
  const pending = all.filter((set) => !inForce(set)).sort((a, b) => beginsAtMs(a) - beginsAtMs(b));
  return [...all.filter(inForce).slice(pending.length === 0 ? -2 : -1), ...pending.slice(0, 2)];
}
