// The simplest client of full configs and deltas. Tests compare what it holds with a full config.

import type { ConfigPeer } from '@mesh/protocol';
import type { OpenedAnswer } from './node-kem.ts';

export interface ConfigModel {
  readonly version: string;
  readonly allowed: boolean;
  readonly peers: ReadonlyMap<string, ConfigPeer>;
  /** Keys by epoch and peer. */
  readonly psks: ReadonlyMap<number, ReadonlyMap<string, string>>;
}

/**
 * The model after an answer. A delta with another base than the model's version is an error, because the
 * server must never send one.
 */
export function modelOf(answer: OpenedAnswer, before?: ConfigModel): ConfigModel {
  const psks = new Map<number, Map<string, string>>();
  const take = (epoch: { epoch_id: number; psks: Readonly<Record<string, string>> } | undefined) => {
    if (epoch === undefined) return;
    const held = 'base' in answer ? before?.psks.get(epoch.epoch_id) : undefined;
    psks.set(epoch.epoch_id, new Map([...(held ?? []), ...Object.entries(epoch.psks)]));
  };
  if (!('base' in answer)) {
    take(answer.keys?.current);
    take(answer.keys?.next);
    const peers = new Map(answer.peers.map((peer) => [peer.node_id as string, peer]));
    return { version: answer.version, allowed: answer.allowed, peers, psks };
  }
  if (before === undefined || answer.base !== before.version)
    throw new Error(`a delta from ${answer.base} came, ${before?.version ?? 'nothing'} is held`);
  const peers = new Map(before.peers);
  for (const nodeId of answer.removed) peers.delete(nodeId);
  for (const peer of answer.added) peers.set(peer.node_id, peer);
  for (const [epochId, held] of before.psks) psks.set(epochId, new Map(held));
  take(answer.keys?.current);
  take(answer.keys?.next);
  for (const held of psks.values()) for (const nodeId of answer.removed) held.delete(nodeId);
  return { version: answer.version, allowed: answer.allowed, peers, psks };
}
