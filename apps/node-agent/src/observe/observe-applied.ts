// What the controller is told of this node's tunnels: put together from the plan and the interface.

import type { Clock } from '@mesh/host';
import type { Engine } from '../engine.ts';
import type { AppliedState } from '../uplink/report-applied.ts';

/** @returns undefined while nothing can be said: no config, not allowed, no interface */
export async function observeApplied(
  engine: Pick<Engine, 'snapshot' | 'tunnel'>,
  clock: Clock,
): Promise<AppliedState | undefined> {
  const { config, appliedEpochs, interfaceUp } = engine.snapshot();
  if (config === undefined || !config.allowed || !interfaceUp) return undefined;
  const device = new Map((await engine.tunnel.read()).peers.map((peer) => [peer.publicKey, peer]));
  const nowMs = clock.nowMs();
  return {
    epochId: config.epochId,
    peers: [...config.peers.values()].flatMap((peer) => {
      const found = device.get(peer.publicKey);
      if (found === undefined) return [];
      const handshake = found.latestHandshakeSeconds;
      return {
        nodeId: peer.nodeId,
        epochId: appliedEpochs.get(peer.nodeId) ?? null,
        handshakeAgeMs: handshake === undefined ? null : Math.max(0, Math.round(nowMs - handshake * 1_000)),
      };
    }),
  };
}
