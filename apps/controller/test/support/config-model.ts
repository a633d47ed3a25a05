// The simplest client of full configs and deltas. Tests compare what it holds with a full config.

import type { ConfigPeer, RemovalNotice } from '@mesh/protocol';
import type { OpenedAnswer } from './node-kem.ts';

export interface ConfigModel {
  readonly version: string;
  readonly allowed: boolean;
  /** The node's own class; undefined if it was not told. */
  readonly class?: string | undefined;
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
    const held = 'base' in answer ? psks.get(epoch.epoch_id) : undefined;
    psks.set(epoch.epoch_id, new Map([...(held ?? []), ...Object.entries(epoch.psks)]));
  };
  if (!('base' in answer)) {
    take(answer.keys?.current);
    take(answer.keys?.next);
    const peers = new Map(answer.peers.map((peer) => [peer.node_id as string, peer]));
    return { version: answer.version, allowed: answer.allowed, class: answer.class, peers, psks };
  }
  if (before === undefined || answer.base !== before.version)
    throw new Error(`a delta from ${answer.base} came, ${before?.version ?? 'nothing'} is held`);
  const peers = new Map(before.peers);
  for (const nodeId of answer.removed) peers.delete(nodeId);
  for (const peer of answer.added) peers.set(peer.node_id, peer);
  const removed: readonly string[] = answer.removed;
  for (const [epochId, held] of before.psks)
    psks.set(epochId, new Map([...held].filter(([nodeId]) => !removed.includes(nodeId))));
  take(answer.keys?.current);
  take(answer.keys?.next);
  return { version: answer.version, allowed: answer.allowed, class: before.class, peers, psks };
}

/** The model of a node after a notice. A notice that is not for the node is an error. */
export function modelAfterNotice(notice: RemovalNotice, nodeId: string, before?: ConfigModel): ConfigModel {
  const { class: audience, base, version, removed, except } = notice;
  if (before?.version !== base || before.class !== audience || !before.allowed)
    throw new Error(`a notice for ${audience} at ${base} came; held: ${JSON.stringify(before)}`);
  if ([...removed, ...except].some((name) => name === nodeId))
    throw new Error(`the notice is not for ${nodeId}`);
  const without = <T>(map: ReadonlyMap<string, T>) =>
    new Map([...map].filter(([name]) => !removed.some((gone) => gone === name)));
  const psks = new Map([...before.psks].map(([epochId, held]) => [epochId, without(held)]));
  return { ...before, version, peers: without(before.peers), psks };
}
