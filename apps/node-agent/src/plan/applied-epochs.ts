// Finds which epoch's key each pair has when everything planned for now is on the interface. Pure.

import type { EpochId, NodeId } from '@mesh/primitives';
import type { WgPublicKey } from '@mesh/wg';
import type { Desired } from './desired-peers.ts';

/** @param isHeldBack whether the changes of a peer were not tried; the peer is left out then */
export function appliedEpochs(
  desired: Desired,
  isHeldBack: (publicKey: WgPublicKey) => boolean,
): ReadonlyMap<NodeId, EpochId> {
  const applied = new Map<NodeId, EpochId>();
  if (desired.kind !== 'peers') return applied;
  for (const { nodeId, key, publicKey } of desired.peers.values()) {
    if (key !== undefined && !isHeldBack(publicKey)) applied.set(nodeId, key.epochId);
  }
  return applied;
}

/**
 * The epoch whose key every pair has.
 *
 * @returns undefined if there are no pairs or their epochs differ: between the instants of the two roles,
 *   some pairs are an epoch ahead
 */
export function commonEpoch(applied: ReadonlyMap<NodeId, EpochId>): EpochId | undefined {
  const [epochId, ...others] = new Set(applied.values());
  return others.length === 0 ? epochId : undefined;
}
