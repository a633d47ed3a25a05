// Reads the answer to a config query: parses each value once and collects the faults of what could not be
// read. Pure. A part that cannot be read is left out and reported. It never keeps the rest from taking
// effect, least of all a removal.

import { defined, type NodeId } from '@mesh/primitives';
import { type ConfigAnswer, type FullConfig, isDelta } from '@mesh/protocol';
import { parseAllowedIp } from '@mesh/wg';
import { type HeldConfig, type HeldPeer, type KeySet, permittedPeers } from '../../plan/held-config.ts';
import { readConfigKeys } from './read-config-keys.ts';
import { type ReadingNode, readConfigPeers } from './read-config-peers.ts';
import { type Reading, read, unreadable } from './reading.ts';

/** What every config says about the node itself. */
export type ConfigHead = Omit<HeldConfig, 'class' | 'interface' | 'peers' | 'keySets'>;

/** The keys that came with an answer. `sealed`: none of this node's keys opens them. */
export type ReadKeys =
  | { readonly kind: 'none' }
  | { readonly kind: 'sealed' }
  | { readonly kind: 'opened'; readonly sets: readonly KeySet[] };

interface ReadCommon {
  readonly head: ConfigHead;
  readonly peers: ReadonlyMap<NodeId, HeldPeer>;
  readonly keys: ReadKeys;
}

export interface ReadFull extends ReadCommon {
  readonly kind: 'full';
  /** The node's own class; absent if the controller did not tell it. */
  readonly class?: string;
  /** Undefined if it cannot be read. The interface then stays as it is. */
  readonly interface: HeldConfig['interface'];
}

/** A delta. Its `peers` are those that are new or have changed. */
export interface ReadDelta extends ReadCommon {
  readonly kind: 'delta';
  /** The version from which it starts. */
  readonly base: string;
  readonly removed: ReadonlySet<NodeId>;
  /** Nodes that the delta names as new or changed but that could not be read. */
  readonly unread: ReadonlySet<NodeId>;
}

export type ReadConfig = ReadFull | ReadDelta;

/**
 * Reads an answer. Its signature and its node were checked before, and its keys were opened if that was
 * possible. A denied node has no peers and no keys but those of its probation tunnels.
 *
 * @param self the node's own WireGuard keys, which decide its role in each pair, and the overlay
 */
export function readConfig(answer: ConfigAnswer, self: ReadingNode): Reading<ReadConfig> {
  const peers = readConfigPeers(isDelta(answer) ? answer.added : answer.peers, self);
  const permitted = permittedPeers({ allowed: answer.allowed, peers: peers.value });
  const hasKeys = answer.allowed || permitted.length > 0;
  const keys = hasKeys ? readKeys(answer.keys) : read<ReadKeys>({ kind: 'none' });
  const common = {
    head: readHead(answer),
    peers: new Map(permitted.map((peer) => [peer.nodeId, peer])),
    keys: keys.value,
  };
  const faults = [...peers.faults, ...keys.faults];
  if (isDelta(answer)) {
    const named = answer.added.map((peer) => peer.node_id);
    const unread = new Set(named.filter((nodeId) => !common.peers.has(nodeId)));
    const removed = new Set(answer.removed);
    return { value: { kind: 'delta', ...common, base: answer.base, removed, unread }, faults };
  }
  const said = readInterface(answer);
  const value = {
    kind: 'full' as const,
    ...common,
    ...defined({ class: answer.class }),
    interface: said.value,
  };
  return { value, faults: [...faults, ...said.faults] };
}

function readHead(answer: ConfigAnswer): ConfigHead {
  return {
    version: answer.version,
    epochId: answer.epoch_id,
    allowed: answer.allowed,
    reason: answer.reason,
    reasonCode: answer.reason_code,
    leaseSeconds: answer.lease_seconds,
    rotation: answer.rotation ?? ('in_place' as const),
    ...defined({ leadMs: answer.lead_ms, challenge: answer.challenge, exams: answer.exams }),
  };
}

function readKeys(keys: ConfigAnswer['keys']): Reading<ReadKeys> {
  if (keys === undefined) return read({ kind: 'none' });
  if (keys.suite !== 'none') return read({ kind: 'sealed' });
  const { value: sets, faults } = readConfigKeys(keys);
  return { value: { kind: 'opened', sets }, faults };
}

function readInterface({ interface: said }: FullConfig): Reading<HeldConfig['interface']> {
  try {
    for (const address of said.addresses) parseAllowedIp(address);
    return read(said);
  } catch (error) {
    return unreadable('the interface stays as it is', error);
  }
}
