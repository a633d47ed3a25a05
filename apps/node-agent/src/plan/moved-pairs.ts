// Plans slot b while rotation is in place: which peers are on it, and which pairs send on it. The controller
// asks for that while a node replaces the key of its slot a. Pure.

import { defined, type NodeId } from '@mesh/primitives';
import type { WgPublicKey } from '@mesh/wg';
import { type Desired, type DesiredInput, type DesiredPeer, desiredPeers } from './desired-peers.ts';
import { dueKey } from './due-changes.ts';
import type { HeldConfig, HeldPeer } from './held-config.ts';
import { INITIATOR_KEEPALIVE_SECONDS } from './strict-slots.ts';

/** The peers whose pairs use slot b, as the controller says. */
export function peersUsingSlotB(config: HeldConfig | undefined): readonly HeldPeer[] {
  if (config?.allowed !== true || config.rotation === 'strict') return [];
  return [...config.peers.values()].filter(
    ({ useOfSlotB, slotB }) => useOfSlotB !== undefined && slotB !== undefined,
  );
}

/**
 * The peers that slot b should have now. A pair has the same preshared key in both slots.
 *
 * @param wanted those that are to be there
 */
export function slotBPeers(input: DesiredInput, wanted: ReadonlySet<NodeId>): Desired {
  const slotA = desiredPeers(input);
  if (slotA.kind !== 'peers' || input.config === undefined) return slotA;
  const peers = new Map<WgPublicKey, DesiredPeer>();
  for (const { nodeId, slotB, ...peer } of input.config.peers.values()) {
    if (slotB === undefined || !wanted.has(nodeId)) continue;
    const key = dueKey(input.config.keySets, { nodeId, ...peer }, input.controllerNowMs);
    peers.set(slotB.publicKey, {
      nodeId,
      publicKey: slotB.publicKey,
      ...defined({ endpoint: slotB.endpoint, key }),
      allowedIps: peer.allowedIps,
      // Only one end begins: handshakes that cross each other would both fail.
      keepaliveSeconds: slotB.role === 'initiator' ? INITIATOR_KEEPALIVE_SECONDS : 0,
    });
  }
  return { kind: 'peers', peers };
}

/** Which slots of a pair have a session. */
export interface PairSessions {
  readonly a: boolean;
  readonly b: boolean;
}

/**
 * The pairs that send on slot b. A pair never sends on a slot without a session as long as the other one has
 * one, and both ends take packets on both slots, so no packet is lost whenever an end changes.
 */
export function pairsSendingOnB(
  config: HeldConfig | undefined,
  sessionsOf: (peer: HeldPeer) => PairSessions,
): ReadonlySet<NodeId> {
  const sending = new Set<NodeId>();
  for (const peer of config?.peers.values() ?? []) {
    const { a, b } = sessionsOf(peer);
    if (b && (peer.useOfSlotB === 'send' || !a)) sending.add(peer.nodeId);
  }
  return sending;
}
