// A node as the operator sees it.

import type { Clock } from '@mesh/host';
import type { AppliedReports, NodeRecord, PairLimits, Standing } from '@mesh/membership';
import { endpointOf, evidenceOf, freshTotals, freshTroubles, pairsOf } from '@mesh/membership';
import { defined, formatRfc3339, type NodeId } from '@mesh/primitives';
import type { NodeDetail, NodeSummary } from '@mesh/protocol';
import { describeDrift, driftSignalsOf, type JudgedScore, judgedScores } from '@mesh/scoring';
import type { Presence } from '../../publish/presence.ts';
import type { Publication } from '../../publish/publication.ts';
import type { LogRow } from '../../store/read-log.ts';
import type { AddressPool } from '../../trust/address-pool.ts';
import { type NodeExamsPorts, nodeExamsOf } from './node-exams.ts';
import { figuresTotalOf, pairFiguresOf } from './pair-figures.ts';

const LOG_ROWS = 50;

export interface NodeSummaryPorts {
  readonly standing: (node: NodeRecord) => Standing;
  readonly presence: Presence;
  readonly addresses: AddressPool;
  readonly pairLimits: PairLimits;
  readonly publication: Publication;
  readonly applied: AppliedReports;
  readonly clock: Clock;
}

export interface NodeDetailPorts extends NodeSummaryPorts, NodeExamsPorts {
  readonly readLog: (query: { limit: number; nodeId: NodeId }) => readonly LogRow[];
}

export function nodeSummaryOf(
  { standing, presence, addresses, pairLimits, publication, applied, clock }: NodeSummaryPorts,
  node: NodeRecord,
): NodeSummary {
  const { membership, reason, reasonCode, declining } = standing(node);
  const { epochId } = publication.version();
  const { latest } = node;
  const report = applied.of(node.nodeId);
  const nowMs = Math.floor(clock.nowMs());
  const { tunnel, measurement, log } = freshTroubles(report, nowMs);
  const totals = freshTotals(report, nowMs);
  const lastSeenMs = presence.lastSeenMs(node.nodeId);
  return {
    node_id: node.nodeId,
    status: node.status,
    quarantined_until: node.quarantinedUntilMs === undefined ? null : formatRfc3339(node.quarantinedUntilMs),
    class: node.class,
    membership,
    reason,
    reason_code: reasonCode,
    declining,
    limits: pairLimits
      .of(node, epochId)
      .map(({ cause, bitsPerSecond }) => ({ cause, bits_per_second: bitsPerSecond })),
    probation_until_epoch: pairLimits.probationUntil(node, epochId) ?? null,
    addresses: [...node.addresses],
    endpoint: endpointOf(
      node,
      addresses.networks.map(({ cidr }) => cidr),
    ),
    last_benchmark:
      latest === undefined
        ? null
        : {
            overall: latest.scores.overall ?? 0,
            scores: { ...latest.scores },
            timestamp: formatRfc3339(latest.measuredAtMs),
            suite_version: latest.suiteVersion,
            sequence: latest.sequence,
          },
    enrolled_at: formatRfc3339(node.enrolledAtMs),
    last_seen_at: lastSeenMs === undefined ? null : formatRfc3339(Math.floor(lastSeenMs)),
    troubles: { tunnel: tunnel ?? null, measurement: measurement ?? null, log: log ?? null },
    tunnels:
      totals === undefined
        ? null
        : {
            count: totals.count,
            without_handshake: totals.withoutHandshake,
            oldest_handshake_ms: totals.oldestHandshakeMs ?? null,
            ...defined({ figures: totals.figures && figuresTotalOf(totals.figures) }),
          },
  };
}

export function nodeDetailOf(ports: NodeDetailPorts, node: NodeRecord): NodeDetail {
  const keys = node.wgPublicKeys;
  const { policy } = ports.journal.context();
  return {
    ...nodeSummaryOf(ports, node),
    identity_key: node.identityKey,
    wg_public_keys: keys.b === undefined ? { a: keys.a } : { a: keys.a, b: keys.b },
    pairs: pairsOf(node.nodeId, (id) => ports.applied.of(id), Math.floor(ports.clock.nowMs())).map(
      (pair) => ({
        node_id: pair.peerId,
        epoch_here: pair.epochHere ?? null,
        epoch_there: pair.epochThere ?? null,
        handshake_age_ms: pair.handshakeAgeMs ?? null,
        suspicion: pair.suspicion ?? null,
        figures: isPair(ports, node, pair.peerId) ? pairFiguresOf(pair.measured) : null,
        limit_bits_per_second: pairLimit(ports, node, pair.peerId),
      }),
    ),
    log: ports.readLog({ limit: LOG_ROWS, nodeId: node.nodeId }).map(toWireRow),
    judged: judgedScores(policy, evidenceOf(node)).map(toWireScore),
    drift: driftSignalsOf(policy, node.latest?.drift).map((signal) => ({
      ...{ signal: signal.signal, action: signal.action, speaks: signal.speaks },
      ...{ value: signal.value, limit: signal.limit, sentence: describeDrift(signal) },
    })),
    ...defined({ exams: nodeExamsOf(ports, node) }),
  };
}

function toWireScore({ metric, score, samples, limit, interval, alarm }: JudgedScore) {
  return {
    ...{ metric, score: score ?? null, samples, limit },
    ...{ lower: interval?.lower ?? null, upper: interval?.upper ?? null },
    alarm:
      alarm === undefined ? null : { evidence: alarm.evidence, limit: alarm.limit, prompts: alarm.prompts },
  };
}

/** What was measured before says nothing of a pair that is cut. */
function isPair({ view, standing }: NodeDetailPorts, node: NodeRecord, peerId: NodeId): boolean {
  const peer = view.node(peerId);
  return [node, peer].every((end) => end !== undefined && standing(end).membership === 'ALLOWED');
}

function pairLimit({ view, pairLimits, publication }: NodeDetailPorts, node: NodeRecord, peerId: NodeId) {
  const peer = view.node(peerId);
  if (peer === undefined) return null;
  return pairLimits.between(node, peer, publication.version().epochId) ?? null;
}

/** A log row as JSON: the entry, and its details unless they were erased. */
export function toWireRow({ index, entry, details }: LogRow): {
  index: number;
  entry: Record<string, unknown>;
} {
  return { index, entry: details === undefined ? entry : { ...entry, revealed: details } };
}
