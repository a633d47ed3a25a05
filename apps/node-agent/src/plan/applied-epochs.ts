// Which epoch's key each pair has once everything planned for now is on the interface. Pure.

import type { EpochId, NodeId } from '@mesh/primitives';
import type { WgPublicKey } from '@mesh/wg';
import type { Desired } from './desired-peers.ts';

/** @param isHeldBack whether the changes of a peer were not tried: it is left out */
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
 * The one epoch whose key every pair has.
 *
 * @returns undefined without pairs, and where they differ: between the instants of the two roles some are an
 *   epoch ahead
 */
export function commonEpoch(applied: ReadonlyMap<NodeId, EpochId>): EpochId | undefined {
  const [epochId, ...others] = new Set(applied.values());
  return others.length === 0 ? epochId : undefined;
}
