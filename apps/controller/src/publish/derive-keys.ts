// The keys of a node with some of its peers, for a config. Only epochs whose secrets this process drew have any.

import { formatRfc3339 } from '@mesh/primitives';
import type { ConfigKeys } from '@mesh/protocol';
import type { PskDeriver } from '../epochs/psk-deriver.ts';
import type { EpochRecord, NodeRecord } from '../state/mesh-state.ts';
import { haveKeys } from './node-view.ts';

export interface HeldEpochs {
  readonly current: EpochRecord | undefined;
  readonly next: EpochRecord | undefined;
}

/**
 * Derives beside the event loop.
 *
 * @param epochs those to give keys of; leave one out where the node has its keys already
 */
export async function deriveKeys(
  deriver: PskDeriver,
  node: NodeRecord,
  peers: readonly NodeRecord[],
  epochs: HeldEpochs,
): Promise<ConfigKeys> {
  const [current, next] = await Promise.all([
    psksOf(deriver, node, peers, epochs.current),
    psksOf(deriver, node, peers, epochs.next),
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
  deriver: PskDeriver,
  node: NodeRecord,
  peers: readonly NodeRecord[],
  epoch: EpochRecord | undefined,
): Promise<Record<string, string> | undefined> {
  if (epoch === undefined) return undefined;
  const paired = peers.filter((peer) => haveKeys(node, peer, epoch));
  const flat = await deriver.derive(epoch.epochId, pairEnd(node), paired.map(pairEnd));
  const view = Buffer.from(flat.buffer, flat.byteOffset, flat.byteLength);
  const psks: Record<string, string> = {};
  // The wire form is text, which cannot be zeroed; the bytes are.
  for (const [at, peer] of paired.entries())
    psks[peer.nodeId] = view.toString('base64', 32 * at, 32 * at + 32);
  flat.fill(0);
  return psks;
}

const pairEnd = (node: NodeRecord) => ({ nodeId: node.nodeId, publicKey: node.wgPublicKeys.a });
