// What an answer takes away, for a node that takes nothing else of it, or not yet. Pure.

import type { HeldConfig, HeldPeer } from '../../plan/held-config.ts';
import { hasSameKeys, withKeysOf } from './merge-config.ts';

/**
 * For an answer that is refused: the held config without the peers that `said` does not name, or names with
 * other keys, and without anything if `said` denies the node. Nothing is added or changed.
 *
 * @param held undefined after a start: then the peers that an earlier run has left on the interface stay if
 *   `said` names them. Without keys no other peer comes in
 * @returns undefined if nothing is taken away
 */
export function removalsOf(held: HeldConfig | undefined, said: HeldConfig): HeldConfig | undefined {
  if (held === undefined) return { ...said, keySets: [] };
  return without(held, said, (peer) => !hasSameKeys(peer, said.peers.get(peer.nodeId)));
}

/**
 * The same for an answer whose rest counts in a moment. Peers that only change stay: the rest brings their
 * new keys, and their tunnels are not to break before.
 */
export function earlyRemovalsOf(held: HeldConfig | undefined, said: HeldConfig): HeldConfig | undefined {
  return held && without(held, said, ({ nodeId }) => !said.peers.has(nodeId));
}

function without(
  held: HeldConfig,
  { allowed, reason, reasonCode }: HeldConfig,
  isGone: (peer: HeldPeer) => boolean,
): HeldConfig | undefined {
  if (held.allowed && !allowed)
    return { ...held, allowed: false, reason, reasonCode, peers: new Map(), keySets: [] };
  const peers = new Map([...held.peers].filter(([, peer]) => !isGone(peer)));
  if (peers.size === held.peers.size) return undefined;
  return { ...held, peers, keySets: held.keySets.map(withKeysOf(peers)) };
}
