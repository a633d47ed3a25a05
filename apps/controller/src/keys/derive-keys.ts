// Makes the keys that a config gives a node for some of its peers, sealed to the key that the node sent last.
// Only epochs whose secrets this process drew have keys.

import type { EpochRecord, NodeRecord } from '@mesh/membership';
import { haveKeys, haveProbationKeys, type ProbationPeer } from '@mesh/membership';
import { defined, formatRfc3339 } from '@mesh/primitives';
import type { ConfigKeys, Rotation, UnsealedKeys } from '@mesh/protocol';
import { type InterfaceSlot, slotOfEpoch } from '@mesh/wg';
import type { PairsOfEpoch, PskDeriver } from './psk-deriver.ts';
import type { PairEndMessage } from './psk-worker-messages.ts';

export interface HeldEpochs {
  readonly current: EpochRecord | undefined;
  readonly next: EpochRecord | undefined;
}

export interface KeyDelivery {
  readonly deriver: PskDeriver;
  /** Whether a node that sent no key to seal to gets its keys unsealed, protected by mutual TLS alone. */
  readonly insecureUnsealedKeys: boolean;
  /** With strict rotation, an epoch's PSKs derive from the WireGuard keys of its slot. */
  readonly rotation: Rotation;
}

/**
 * Derives and seals in the PSK worker, off the event loop.
 *
 * @param epochs the epochs to give keys of, without an epoch whose keys the node already has
 * @param version the version of the config that will carry the keys: sealed keys open only in that config
 * @param tunnels the node's probation tunnels to give keys of
 * @returns undefined if there are no keys to give
 */
export async function deriveKeys(
  { deriver, insecureUnsealedKeys, rotation }: KeyDelivery,
  node: NodeRecord,
  peers: readonly NodeRecord[],
  epochs: HeldEpochs,
  version: string,
  tunnels: readonly ProbationPeer[] = [],
): Promise<ConfigKeys | undefined> {
  const pairs = (epoch: EpochRecord) => pairsOf(node, peers, tunnels, epoch, rotation);
  const current = epochs.current === undefined ? undefined : pairs(epochs.current);
  const next =
    epochs.next === undefined
      ? undefined
      : {
          ...pairs(epochs.next),
          activateAt: formatRfc3339(epochs.next.activateAtMs),
        };
  if (node.kemPublicKey === undefined) {
    return insecureUnsealedKeys ? unsealed(deriver, current, next) : undefined;
  }
  if (current === undefined && next === undefined) return undefined;
  const { suite, kemKeyId, epochId, enc, sequence, sealed } = await deriver.seal({
    nodeId: node.nodeId,
    version,
    kemPublicKey: node.kemPublicKey,
    ...defined({ current, next }),
  });
  return {
    suite,
    kem_key_id: kemKeyId,
    epoch_id: epochId,
    enc,
    sequence,
    sealed,
  };
}

type NextPairs = PairsOfEpoch & { readonly activateAt: string };

async function unsealed(
  deriver: PskDeriver,
  current: PairsOfEpoch | undefined,
  next: NextPairs | undefined,
): Promise<UnsealedKeys> {
  const [currentPsks, nextPsks] = await Promise.all([psksOf(deriver, current), psksOf(deriver, next)]);
  return {
    suite: 'none',
    ...(current === undefined || currentPsks === undefined
      ? {}
      : { current: { epoch_id: current.epochId, psks: currentPsks } }),
    ...(next === undefined || nextPsks === undefined
      ? {}
      : { next: { epoch_id: next.epochId, activate_at: next.activateAt, psks: nextPsks } }),
  };
}

async function psksOf(
  deriver: PskDeriver,
  pairs: PairsOfEpoch | undefined,
): Promise<Record<string, string> | undefined> {
  if (pairs === undefined) return undefined;
  const { epochId, self, peers } = pairs;
  const flat = await deriver.derive(epochId, self, peers);
  const view = Buffer.from(flat.buffer, flat.byteOffset, flat.byteLength);
  const psks: Record<string, string> = {};
  // The base64 text cannot be zeroed. The bytes can.
  for (const [at, peer] of peers.entries())
    psks[peer.nodeId] = view.toString('base64', 32 * at, 32 * at + 32);
  flat.fill(0);
  return psks;
}

/**
 * The node's pairs in an epoch. A node without a WireGuard key for the epoch's slot has no session in it.
 */
function pairsOf(
  node: NodeRecord,
  peers: readonly NodeRecord[],
  tunnels: readonly ProbationPeer[],
  epoch: EpochRecord,
  rotation: Rotation,
): PairsOfEpoch {
  const slot = rotation === 'strict' ? slotOfEpoch(epoch.epochId) : 'a';
  const { epochId } = epoch;
  const self = pairEnd(node, slot);
  if (self === undefined) {
    return { epochId, self: { nodeId: node.nodeId, publicKey: node.wgPublicKeys.a }, peers: [] };
  }
  const paired: PairEndMessage[] = [];
  for (const peer of peers) {
    const end = haveKeys(node, peer, epoch) ? pairEnd(peer, slot) : undefined;
    if (end !== undefined) paired.push(end);
  }
  for (const tunnel of tunnels) {
    const end = haveProbationKeys(node, tunnel, epoch) ? pairEnd(tunnel.peer, slot) : undefined;
    if (end !== undefined) paired.push(end);
  }
  return { epochId, self, peers: paired };
}

type WgPublicKeys = NodeRecord['wgPublicKeys'];

/**
 * The ends that were made for a node's keys. Every peer asks for each of them in every epoch. A node's
 * records share its keys.
 */
const ends: Record<InterfaceSlot, WeakMap<WgPublicKeys, PairEndMessage>> = {
  a: new WeakMap(),
  b: new WeakMap(),
};

function pairEnd({ nodeId, wgPublicKeys }: NodeRecord, slot: InterfaceSlot): PairEndMessage | undefined {
  const known = ends[slot].get(wgPublicKeys);
  if (known !== undefined) return known;
  const publicKey = wgPublicKeys[slot];
  if (publicKey === undefined) return undefined;
  const end = { nodeId, publicKey };
  ends[slot].set(wgPublicKeys, end);
  return end;
}
