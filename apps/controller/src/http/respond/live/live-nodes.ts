// A node, and what it reports of its tunnels, as the live state shows them: in few bytes, because a large
// mesh has many.

import {
  type AppliedReport,
  endpointOf,
  figuresCountForMs,
  freshTroubles,
  measuredIn,
  type NodeRecord,
  tunnelEndOf,
} from '@mesh/membership';
import { encodeBase64, type NodeId } from '@mesh/primitives';
import type { LiveNode, LivePairs } from '@mesh/protocol';
import type { NodeSummaryPorts } from '../node-summary.ts';
import { encodeRuns } from './encode-runs.ts';

/** In `paths`: no answer to probes. */
const NO_ANSWER = 0;
/** In `paths`: how many values the loss in percent has. */
const LOSSES = 101;

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
  const epochs: Record<string, number | null> = {};
  const sinceMs: Record<string, number> = {};
  for (const [peerId, peer] of report.peers) {
    const column = numberOf(peerId);
    if (column === undefined) continue;
    ages.push([column, peer.handshakeAgeMs === undefined ? 0 : Math.round(peer.handshakeAgeMs / 1_000) + 1]);
    if (peer.epochId !== report.epochId) epochs[column] = peer.epochId ?? null;
    if (tunnelEndOf(report, peerId, report.receivedAtMs)?.health !== 'up')
      sinceMs[column] = Math.floor(peer.sinceMs);
  }
  return {
    n,
    at_ms: Math.floor(report.receivedAtMs),
    epoch: report.epochId ?? null,
    tunnels: encodeBase64(encodeRuns(ages)),
    epochs,
    since_ms: sinceMs,
    ...pathsOf(report, numberOf),
  };
}

/** Empty if the node does not say. */
function pathsOf(
  { figures, peers }: AppliedReport,
  numberOf: (nodeId: NodeId) => number | undefined,
): Pick<LivePairs, 'paths' | 'paths_fresh_ms'> {
  if (figures === undefined) return {};
  const values: [number, number][] = [];
  for (const [peerId, { row }] of peers) {
    const column = numberOf(peerId);
    if (column === undefined) continue;
    const { state, rttMs = 0, loss = 0 } = measuredIn(figures, row, 0).path;
    if (state === 'no_answer') values.push([column, NO_ANSWER]);
    if (state === 'measured')
      values.push([column, 1 + Math.round(loss * 100) + LOSSES * Math.round(rttMs * 10)]);
  }
  return {
    paths: encodeBase64(encodeRuns(values)),
    paths_fresh_ms: figuresCountForMs(figures.probeIntervalMs),
  };
}
