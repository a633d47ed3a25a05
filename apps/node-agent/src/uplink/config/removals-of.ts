// What an answer takes away, for a node that takes nothing else of it. Pure.

import type { HeldConfig } from '../../plan/held-config.ts';
import { hasSameKeys, withKeysOf } from './merge-config.ts';

/**
 * The held config without the peers that `said` does not name, or names with other keys, and without anything
 * if `said` denies the node. Nothing is added or changed.
 *
 * @param held undefined after a start: then the peers that an earlier run has left on the interface stay if
 *   `said` names them. Without keys no other peer comes in
 * @returns undefined if nothing is taken away
 */
export function removalsOf(held: HeldConfig | undefined, said: HeldConfig): HeldConfig | undefined {
  if (held === undefined) return { ...said, keySets: [] };
  if (held.allowed && !said.allowed) {
    const { reason, reasonCode } = said;
    return { ...held, allowed: false, reason, reasonCode, peers: new Map(), keySets: [] };
  }
  const peers = new Map(
    [...held.peers].filter(([nodeId, peer]) => hasSameKeys(peer, said.peers.get(nodeId))),
  );
  if (peers.size === held.peers.size) return undefined;
  return { ...held, peers, keySets: held.keySets.map(withKeysOf(peers)) };
}
