// Collects what is reported to the controller about this node's tunnels and troubles, from the plan, the
// interface and the measuring.

import type { Clock } from '@mesh/host';
import type { Engine, EngineSnapshot } from '../../engine/port/engine.ts';
import type { Trouble } from '../../events/trouble.ts';
import type { LogReport } from './log-report.ts';
import type { AppliedPeer, AppliedState } from './report-applied.ts';

/** @returns undefined until there is something to report: a config with its interface up, or a failure */
export async function observeApplied(
  engine: Pick<Engine, 'snapshot' | 'tunnel'>,
  clock: Clock,
  measurement: Trouble | undefined,
  log: LogReport,
): Promise<AppliedState | undefined> {
  const snapshot = engine.snapshot();
  const { config, interfaceUp, trouble } = snapshot;
  const isKnown = config !== undefined && interfaceUp;
  if (!isKnown && trouble === undefined && log.trouble === undefined) return undefined;
  return {
    epochId: config?.epochId ?? null,
    peers: interfaceUp && config?.allowed === true ? await observePeers(engine, snapshot, clock) : [],
    troubles: { tunnel: trouble, measurement, log: log.trouble },
    toCosign: log.toCosign,
  };
}

/** Empty if the interface cannot be read. The engine reports that as a trouble. */
async function observePeers(
  { tunnel }: Pick<Engine, 'tunnel'>,
  { config, appliedEpochs, movedToB }: EngineSnapshot,
  clock: Clock,
): Promise<AppliedPeer[]> {
  const { peers } = await tunnel.read().catch(() => ({ peers: [] }));
  const device = new Map(peers.map((peer) => [peer.publicKey, peer]));
  const nowMs = clock.nowMs();
  return [...(config?.peers.values() ?? [])].flatMap((peer) => {
    const found = device.get(peer.publicKey);
    const isMoved = movedToB?.has(peer.nodeId) === true;
    // The controller asks for the mesh's pairs. A probation tunnel is none of them.
    if (peer.onlyService !== undefined) return [];
    // While a key is replaced, slot a lacks the peer for a moment, and slot b carries the pair.
    if (found === undefined && !isMoved) return [];
    const handshake = found?.latestHandshakeSeconds;
    return {
      nodeId: peer.nodeId,
      epochId: appliedEpochs.get(peer.nodeId) ?? null,
      handshakeAgeMs: handshake === undefined ? null : Math.max(0, Math.round(nowMs - handshake * 1_000)),
      ...(isMoved ? { slot: 'b' as const } : {}),
    };
  });
}
