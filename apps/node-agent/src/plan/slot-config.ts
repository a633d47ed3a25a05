// The view that one slot of strict rotation has of a config: each peer with its key, endpoint and role in
// that slot. Pure.

import type { InterfaceSlot } from '@mesh/wg';
import type { HeldConfig } from './held-config.ts';

/** Peers without a key in the slot are left out. */
export function slotConfig(config: HeldConfig, slot: InterfaceSlot): HeldConfig {
  if (slot === 'a') return config;
  const peers = [...config.peers.values()].flatMap(({ slotB, endpoint: _ofSlotA, ...peer }) =>
    slotB === undefined ? [] : [{ ...peer, ...slotB }],
  );
  return { ...config, peers: new Map(peers.map((peer) => [peer.nodeId, peer])) };
}
