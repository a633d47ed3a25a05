// A config as one slot of strict rotation sees it: each peer with its key, endpoint and role in that slot.
// Pure.

import type { InterfaceSlot } from '@mesh/wg';
import type { HeldConfig } from './held-config.ts';

/** Peers that have no key in the slot are left out of it. */
export function slotConfig(config: HeldConfig, slot: InterfaceSlot): HeldConfig {
  if (slot === 'a') return config;
  const peers = [...config.peers.values()].flatMap(({ slotB, endpoint: _ofSlotA, ...peer }) =>
    slotB === undefined ? [] : [{ ...peer, ...slotB }],
  );
  return { ...config, peers: new Map(peers.map((peer) => [peer.nodeId, peer])) };
}
