// A node, and what it reports of its tunnels, as the live state shows them: in few bytes, because a large
// mesh has many.

import {
  type AppliedReport,
  endpointOf,
  figuresCountForMs,
  freshTroubles,
  type NodeRecord,
  type PairMeasured,
  tunnelEndOf,
} from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import {
  encodeLiveHandshake,
  encodeLivePath,
  encodeLiveRuns,
  type LiveNode,
  type LivePairs,
} from '@mesh/protocol';
import type { NodeSummaryPorts } from '../node-summary.ts';

export function liveNodeOf(ports: NodeSummaryPorts, node: NodeRecord, n: number): LiveNode {
  const { membership, reason, reasonCode, declining } = ports.standing(node);
  const { epochId } = ports.publication.version();
  return {
    n,
    id: node.nodeId,
    class: node.class,
    status: node.status,
    membership,
    reason,
    reason_code: reasonCode,
    declining,
    probation_until_epoch: ports.pairLimits.probationUntil(node, epochId) ?? null,
    limit_bits_per_second: ports.pairLimits.of(node, epochId)[0]?.bitsPerSecond ?? null,
    endpoint: endpointOf(
      node,
      ports.addresses.networks.map(({ cidr }) => cidr),
    ),
    overall: node.latest?.scores.overall ?? null,
    troubles: troublesOf(ports, node),
  };
}

function troublesOf({ applied, clock }: NodeSummaryPorts, { nodeId }: NodeRecord): LiveNode['troubles'] {
  const troubles = freshTroubles(applied.of(nodeId), Math.floor(clock.nowMs()));
  return (['tunnel', 'measurement', 'log'] as const).filter((what) => troubles[what] !== undefined);
}

/** @param numberOf stands for a node; undefined for one that the mesh does not have */
export function livePairsOf(
  report: AppliedReport,
  n: number,
  numberOf: (nodeId: NodeId) => number | undefined,
): LivePairs {
  const ages: [number, number][] = [];
  const paths: [number, number][] = [];
  const epochs: Record<string, number | null> = {};
  const sinceMs: Record<string, number> = {};
  for (const [peerId, peer] of report.peers) {
    const column = numberOf(peerId);
    if (column === undefined) continue;
    const end = tunnelEndOf(report, peerId, report.receivedAtMs);
    ages.push([column, encodeLiveHandshake(peer.handshakeAgeMs)]);
    if (peer.epochId !== report.epochId) epochs[column] = peer.epochId ?? null;
    if (end?.health !== 'up') sinceMs[column] = Math.floor(peer.sinceMs);
    const path = pathValueOf(end?.measured);
    if (path !== undefined) paths.push([column, path]);
  }
  return {
    n,
    at_ms: Math.floor(report.receivedAtMs),
    epoch: report.epochId ?? null,
    tunnels: encodeLiveRuns(ages),
    epochs,
    since_ms: sinceMs,
    ...(report.figures === undefined
      ? {}
      : {
          paths: encodeLiveRuns(paths),
          paths_fresh_ms: figuresCountForMs(report.figures.probeIntervalMs),
        }),
  };
}

/** Undefined if there is no figure. */
function pathValueOf(measured: PairMeasured | undefined): number | undefined {
  const { state, rttMs = 0, loss = 0 } = measured?.path ?? {};
  if (state === 'no_answer') return encodeLivePath({ kind: state });
  return state === 'measured' ? encodeLivePath({ kind: state, rttMs, loss }) : undefined;
}
