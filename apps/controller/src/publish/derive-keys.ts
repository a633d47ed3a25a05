// The keys of a node with some of its peers, for a config. Only epochs whose secrets this process drew have any.

import { formatRfc3339 } from '@mesh/primitives';
import type { ConfigKeys, Rotation } from '@mesh/protocol';
import { type InterfaceSlot, slotOfEpoch } from '@mesh/wg';
import type { PskDeriver } from '../epochs/psk-deriver.ts';
import type { PairEndMessage } from '../epochs/psk-worker-messages.ts';
import type { EpochRecord, NodeRecord } from '../state/mesh-state.ts';
import { haveKeys } from './node-view.ts';

export interface HeldEpochs {
  readonly current: EpochRecord | undefined;
  readonly next: EpochRecord | undefined;
}

export interface KeySource {
  readonly deriver: PskDeriver;
  /** Strict: an epoch's keys are those of its slot. */
  readonly rotation: Rotation;
}

/**
 * Derives beside the event loop.
 *
 * @param epochs those to give keys of; leave one out where the node has its keys already
 */
export async function deriveKeys(
  source: KeySource,
  node: NodeRecord,
  peers: readonly NodeRecord[],
  epochs: HeldEpochs,
): Promise<ConfigKeys> {
  const [current, next] = await Promise.all([
    psksOf(source, node, peers, epochs.current),
    psksOf(source, node, peers, epochs.next),
  ]);
  return {
    suite: 'none',
    ...(epochs.current === undefined || current === undefined
      ? {}
      : { current: { epoch_id: epochs.current.epochId, psks: current } }),
    ...(epochs.next === undefined || next === undefined
      ? {}
      : {
          next: {
            epoch_id: epochs.next.epochId,
            activate_at: formatRfc3339(epochs.next.activateAtMs),
            psks: next,
          },
        }),
  };
}

async function psksOf(
  source: KeySource,
  node: NodeRecord,
  peers: readonly NodeRecord[],
  epoch: EpochRecord | undefined,
): Promise<Record<string, string> | undefined> {
  if (epoch === undefined) return undefined;
  const slot = source.rotation === 'strict' ? slotOfEpoch(epoch.epochId) : 'a';
  const self = pairEnd(node, slot);
  // Who has no key in this slot has no session in this epoch.
  const paired = peers.flatMap((peer) => {
    const end = haveKeys(node, peer, epoch) ? pairEnd(peer, slot) : undefined;
    return end === undefined ? [] : [end];
  });
  if (self === undefined || paired.length === 0) return {};
  const flat = await source.deriver.derive(epoch.epochId, self, paired);
  const view = Buffer.from(flat.buffer, flat.byteOffset, flat.byteLength);
  const psks: Record<string, string> = {};
  // The wire form is text, which cannot be zeroed; the bytes are.
  for (const [at, peer] of paired.entries())
    psks[peer.nodeId] = view.toString('base64', 32 * at, 32 * at + 32);
  flat.fill(0);
  return psks;
}

function pairEnd(node: NodeRecord, slot: InterfaceSlot): PairEndMessage | undefined {
  const publicKey = node.wgPublicKeys[slot];
  return publicKey === undefined ? undefined : { nodeId: node.nodeId, publicKey };
}
