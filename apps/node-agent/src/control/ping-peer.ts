// Sends probes to one peer through its tunnel, one after the other, for `mesh-agent ping`.

import type { Engine } from '../engine/port/engine.ts';
import { AgentError } from '../errors/agent-error.ts';
import { overlayTargets } from '../plan/overlay-targets.ts';
import type { PeerProber } from '../probes/probe-peers.ts';
import type { PingAnswer } from './control-protocol.ts';

/** @throws AgentError `failed` if the node is not a peer now */
export async function pingPeer(
  engine: Pick<Engine, 'snapshot'>,
  prober: PeerProber,
  peerId: string,
  count: number,
): Promise<PingAnswer> {
  const target = overlayTargets(engine.snapshot().config).peers.find((peer) => peer.nodeId === peerId);
  if (target === undefined) {
    throw new AgentError('failed', `${peerId} is not a peer of this node now: see mesh-agent status`);
  }
  const rtts: (number | null)[] = [];
  for (let sent = 0; sent < count; sent++) rtts.push(await prober.probe(target));
  return { node_id: peerId, address: target.address, rtts_ms: rtts };
}
