// Collects what is reported to the controller about this node's tunnels and troubles, from the plan, the
// interface, the probes and the measuring.

import type { Clock } from '@mesh/host';
import type { NodeId } from '@mesh/primitives';
import type { PairRow } from '@mesh/protocol';
import type { WgDevicePeer } from '@mesh/wg';
import type { Engine, EngineSnapshot } from '../../engine/port/engine.ts';
import type { Trouble } from '../../events/trouble.ts';
import type { LogReport } from './log-report.ts';
import type { AppliedState } from './report-applied.ts';
import type { AppliedPeer } from './wire-peers.ts';

/** What is known of the paths to the peers. */
export interface ProbedPeers {
  /** How often each peer is probed now; 0: never. */
  readonly intervalMs: number;
  /** The last probes; undefined before the first. */
  probed(nodeId: NodeId): PairRow['probed'];
}

/** @returns undefined until there is something to report: a config with its interface up, or a failure */
export async function observeApplied(
  engine: Pick<Engine, 'snapshot' | 'tunnel'>,
  prober: ProbedPeers,
  clock: Clock,
  measurement: Trouble | undefined,
  log: LogReport,
): Promise<AppliedState | undefined> {
  const snapshot = engine.snapshot();
  const { config, interfaceUp, trouble } = snapshot;
  const isKnown = config !== undefined && interfaceUp;
  if (!isKnown && trouble === undefined && log.trouble === undefined) return undefined;
  const observed =
    interfaceUp && config?.allowed === true ? await observePeers(engine, prober, snapshot, clock) : [];
  return {
    epochId: config?.epochId ?? null,
    peers: observed.map(({ peer }) => peer),
    figures: { probeIntervalMs: Math.round(prober.intervalMs), rows: observed.map(({ row }) => row) },
    troubles: { tunnel: trouble, measurement, log: log.trouble },
    toCosign: log.toCosign,
  };
}

/** Empty if the interface cannot be read. The engine reports that as a trouble. */
async function observePeers(
  { tunnel }: Pick<Engine, 'tunnel'>,
  prober: ProbedPeers,
  snapshot: EngineSnapshot,
  clock: Clock,
): Promise<{ readonly peer: AppliedPeer; readonly row: PairRow }[]> {
  const { config, appliedEpochs, movedToB } = snapshot;
  const { peers } = await tunnel.read().catch(() => ({ peers: [] }));
  const device = new Map(peers.map((peer) => [peer.publicKey, peer]));
  const nowMs = clock.nowMs();
  return [...(config?.peers.values() ?? [])].flatMap((peer) => {
    const found = device.get(peer.publicKey);
    const isMoved = movedToB?.has(peer.nodeId) === true;
    // The controller asks for the mesh's pairs. A probation tunnel is not one of them.
    if (peer.onlyService !== undefined) return [];
    // While a key is replaced, slot a lacks the peer for a moment, and slot b carries the pair.
    if (found === undefined && !isMoved) return [];
    const handshake = found?.latestHandshakeSeconds;
    return {
      peer: {
        nodeId: peer.nodeId,
        epochId: appliedEpochs.get(peer.nodeId) ?? null,
        handshakeAgeMs: handshake === undefined ? null : Math.max(0, Math.round(nowMs - handshake * 1_000)),
        ...(isMoved ? { slot: 'b' as const } : {}),
      },
      row: {
        // Slot b counts for a pair that was moved, and was not read.
        traffic: found === undefined || isMoved ? undefined : trafficOf(found, snapshot),
        probed: prober.probed(peer.nodeId),
      },
    };
  });
}

function trafficOf(
  { publicKey, rxBytes, txBytes }: WgDevicePeer,
  snapshot: EngineSnapshot,
): PairRow['traffic'] {
  return { receivedBytes: rxBytes, sentBytes: txBytes, forMs: snapshot.configuredForMs(publicKey) };
}
