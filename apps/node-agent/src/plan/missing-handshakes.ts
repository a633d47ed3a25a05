// Finds which pairs have no session yet in a slot that is about to carry them. Pure.

import type { NodeId } from '@mesh/primitives';
import type { WgDevicePeer } from '@mesh/wg';
import type { Desired } from './desired-peers.ts';

/** @returns the nodes that should have made a handshake by now but have not */
export function missingHandshakes(
  desired: Desired,
  interfacePeers: readonly Pick<WgDevicePeer, 'publicKey' | 'latestHandshakeSeconds'>[],
): NodeId[] {
  if (desired.kind !== 'peers') return [];
  const ready = new Set(
    interfacePeers.flatMap((peer) => (peer.latestHandshakeSeconds === undefined ? [] : [peer.publicKey])),
  );
  return [...desired.peers.values()].flatMap(({ publicKey, nodeId }) =>
    ready.has(publicKey) ? [] : [nodeId],
  );
}
