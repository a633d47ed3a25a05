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

/** In `ages`: no handshake yet. */
const NO_HANDSHAKE = 1;
/** What a handshake's age in seconds is raised by. */
const AGE_FROM = 2;
const LARGEST = 0xffff;
/** In `rtts`: no answer to probes. */
const NO_ANSWER = 1;
/** What a round trip in tenths of a millisecond is raised by. */
const RTT_FROM = 2;
/** In `losses`. */
const NOT_MEASURED = 255;

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

/**
 * @param numberOf stands for a node; undefined for one that the mesh does not have
 * @param width how many numbers there are
 */
export function livePairsOf(
  report: AppliedReport,
  n: number,
  numberOf: (nodeId: NodeId) => number | undefined,
  width: number,
): LivePairs {
  const ages = new DataView(new ArrayBuffer(width * 2));
  const epochs: Record<string, number | null> = {};
  const sinceMs: Record<string, number> = {};
  for (const [peerId, peer] of report.peers) {
    const column = numberOf(peerId);
    if (column === undefined) continue;
    const seconds = peer.handshakeAgeMs === undefined ? undefined : Math.round(peer.handshakeAgeMs / 1_000);
    const age = seconds === undefined ? NO_HANDSHAKE : Math.min(LARGEST, seconds + AGE_FROM);
    ages.setUint16(column * 2, age, true);
    if (peer.epochId !== report.epochId) epochs[column] = peer.epochId ?? null;
    if (tunnelEndOf(report, peerId, report.receivedAtMs)?.health !== 'up')
      sinceMs[column] = Math.floor(peer.sinceMs);
  }
  return {
    n,
    at_ms: Math.floor(report.receivedAtMs),
    epoch: report.epochId ?? null,
    ages: encodeBase64(new Uint8Array(ages.buffer)),
    epochs,
    since_ms: sinceMs,
    ...figureColumns(report, numberOf, width),
  };
}

/** Empty if the node does not say. */
function figureColumns(
  { figures, peers }: AppliedReport,
  numberOf: (nodeId: NodeId) => number | undefined,
  width: number,
): Pick<LivePairs, 'rtts' | 'losses' | 'figures_fresh_ms'> {
  if (figures === undefined) return {};
  const rtts = new DataView(new ArrayBuffer(width * 2));
  const losses = new Uint8Array(width).fill(NOT_MEASURED);
  for (const [peerId, { row }] of peers) {
    const column = numberOf(peerId);
    if (column === undefined) continue;
    const { state, rttMs = 0, loss = 0 } = measuredIn(figures, row, 0).path;
    if (state === 'no_answer') rtts.setUint16(column * 2, NO_ANSWER, true);
    if (state !== 'measured') continue;
    rtts.setUint16(column * 2, Math.min(LARGEST, Math.round(rttMs * 10) + RTT_FROM), true);
    losses[column] = Math.round(loss * 100);
  }
  return {
    rtts: encodeBase64(new Uint8Array(rtts.buffer)),
    losses: encodeBase64(losses),
    figures_fresh_ms: figuresCountForMs(figures.probeIntervalMs),
  };
}
