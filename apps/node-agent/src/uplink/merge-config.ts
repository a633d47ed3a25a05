// Received config + what is held → what is held now. Pure. A part of a config that cannot be read never keeps the rest
// from taking effect, least of all a removal: it is left out and reported.

import type { NodeId } from '@mesh/primitives';
import { type ConfigAnswer, type ConfigDelta, type FullConfig, isDelta } from '@mesh/protocol';
import { parseAllowedIp } from '@mesh/wg';
import { beginsAtMs, type HeldConfig, type HeldPeer, type KeySet } from '../plan/held-config.ts';
import { readConfigKeys } from './read-config-keys.ts';
import { type ReadingNode, readConfigPeers } from './read-config-peers.ts';

export type Merged =
  | { readonly kind: 'merged'; readonly config: HeldConfig; readonly faults: readonly string[] }
  /**
   * The delta starts from a version that is not held: ask for a full config. `config` is what was held without the
   * peers that the delta removes, since removals never wait.
   */
  | { readonly kind: 'refetch'; readonly config: HeldConfig | undefined };

export interface MergingNode extends ReadingNode {
  readonly controllerNowMs: number;
}

/**
 * Merges an answer whose signature and addressee have been checked, and whose keys have been opened. Where they are
 * sealed still, nobody could open them: what is held stays.
 *
 * @param self the node's own WireGuard keys, which decide its role in each pair, the time on the controller's clock, and
 *   the overlay
 */
export function mergeConfig(held: HeldConfig | undefined, answer: ConfigAnswer, self: MergingNode): Merged {
  const faults: string[] = [];
  if (!isDelta(answer)) {
    const peers = readConfigPeers(answer.peers, self, faults);
    const keySets = answer.allowed ? fullKeys(held, answer, peers, self.controllerNowMs, faults) : [];
    return {
      kind: 'merged',
      config: { ...common(answer), interface: readInterface(answer, held, faults), peers, keySets },
      faults,
    };
  }
  if (held === undefined) return { kind: 'refetch', config: undefined };
  const remaining = withoutNodes(held, answer.removed);
  if (held.version !== answer.base) {
    return { kind: 'refetch', config: { ...remaining, allowed: held.allowed && answer.allowed } };
  }
  const { peers, keySets } = withChanges(remaining, answer, self, faults);
  return { kind: 'merged', config: { ...common(answer), interface: held.interface, peers, keySets }, faults };
}

/** Where an address cannot be read, the interface stays as it is: undefined is what enrolment said. */
function readInterface(
  { interface: said }: FullConfig,
  held: HeldConfig | undefined,
  faults: string[],
): HeldConfig['interface'] {
  try {
    for (const address of said.addresses) parseAllowedIp(address);
    return said;
  } catch (error) {
    faults.push(`the interface stays as it is: ${error instanceof Error ? error.message : 'unreadable'}`);
    return held?.interface;
  }
}

function common(answer: ConfigAnswer) {
  return {
    version: answer.version,
    epochId: answer.epoch_id,
    allowed: answer.allowed,
    reason: answer.reason,
    reasonCode: answer.reason_code,
    leaseSeconds: answer.lease_seconds,
    rotation: answer.rotation ?? ('in_place' as const),
    ...(answer.lead_ms === undefined ? {} : { leadMs: answer.lead_ms }),
    ...(answer.challenge === undefined ? {} : { challenge: answer.challenge }),
  };
}

function withoutNodes(held: HeldConfig, removed: readonly NodeId[]): HeldConfig {
  if (removed.length === 0) return held;
  const gone = new Set(removed);
  const peers = new Map([...held.peers].filter(([nodeId]) => !gone.has(nodeId)));
  return { ...held, peers, keySets: held.keySets.map((set) => withoutPsks(set, gone)) };
}

function withoutPsks(set: KeySet, nodes: ReadonlySet<NodeId>): KeySet {
  return { ...set, psks: new Map([...set.psks].filter(([nodeId]) => !nodes.has(nodeId))) };
}

function withChanges(
  held: HeldConfig,
  delta: ConfigDelta,
  self: MergingNode,
  faults: string[],
): Pick<HeldConfig, 'peers' | 'keySets'> {
  const changed = readConfigPeers(delta.added, self, faults);
  const rekeyed = new Set(
    [...changed.values()]
      .filter((peer) => {
        const before = held.peers.get(peer.nodeId);
        return before !== undefined && !hasSameKeys(peer, before);
      })
      .map((peer) => peer.nodeId),
  );
  const keySets = rekeyed.size === 0 ? held.keySets : held.keySets.map((set) => withoutPsks(set, rekeyed));
  const peers = new Map([...held.peers, ...changed]);
  // What was named but could not be read must not live on in its old form.
  for (const named of delta.added) if (!changed.has(named.node_id)) peers.delete(named.node_id);
  if (!delta.allowed) return { peers, keySets: [] };
  if (delta.keys?.suite !== 'none') return { peers, keySets };
  const received = readConfigKeys(delta.keys, faults);
  return { peers, keySets: mergeKeys(keySets, received, self.controllerNowMs).map(onlyOf(peers)) };
}

/**
 * A full config's keys replace what was held. A controller that has just started names none in force, since it has
 * forgotten them: then what is held goes on, until what it names comes into force, and so does what cannot be read;
 * both for the peers whose public keys are the same.
 */
function fullKeys(
  held: HeldConfig | undefined,
  { keys }: FullConfig,
  peers: ReadonlyMap<NodeId, HeldPeer>,
  nowMs: number,
  faults: string[],
): KeySet[] {
  if (keys === undefined) return [];
  const same = new Map([...peers].filter(([nodeId, peer]) => hasSameKeys(peer, held?.peers.get(nodeId))));
  const goesOn = (held?.keySets ?? []).map(onlyOf(same));
  if (keys.suite !== 'none') return goesOn;
  const received = readConfigKeys(keys, faults).map(onlyOf(peers));
  return keys.current === undefined ? mergeKeys(goesOn, received, nowMs) : received;
}

/** A pair key is derived from both public keys: with a new one the old PSKs mean nothing. */
function hasSameKeys(peer: HeldPeer, before: HeldPeer | undefined): boolean {
  return before?.publicKey === peer.publicKey && before.slotB?.publicKey === peer.slotB?.publicKey;
}

/** What is sealed is sealed whole: it may name a peer that was cut meanwhile. */
const onlyOf =
  (peers: ReadonlyMap<NodeId, HeldPeer>) =>
  (set: KeySet): KeySet => ({
    ...set,
    psks: new Map([...set.psks].filter(([nodeId]) => peers.has(nodeId))),
  });

/**
 * An epoch that is held gains keys; another one replaces what stood in its place: the set in force, or one that was to
 * come, unless that comes first. (A set that was to come and whose time has passed is the one in force.)
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
    // The controller says that it applies, so it does from now on at the latest; the responder's delay still counts.
    const activateAtMs =
      set.activateAtMs ??
      (known.activateAtMs === undefined ? undefined : Math.min(known.activateAtMs, nowMs));
    return { epochId: set.epochId, psks, ...(activateAtMs === undefined ? {} : { activateAtMs }) };
  });
  const all = [...kept, ...merged].sort((a, b) => a.epochId - b.epochId);
  const pending = all.filter((set) => !inForce(set)).sort((a, b) => beginsAtMs(a) - beginsAtMs(b));
  return [...all.filter(inForce).slice(pending.length === 0 ? -2 : -1), ...pending.slice(0, 2)];
}
