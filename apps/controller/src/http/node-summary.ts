// A node as the operator sees it.

import type { NodeRecord } from '@mesh/membership';
import { endpointOf, freshTroubles, pairsOf } from '@mesh/membership';
import { formatRfc3339 } from '@mesh/primitives';
import type { NodeDetail, NodeSummary } from '@mesh/protocol';
import type { Services } from '../services.ts';
import type { LogRow } from '../store/log-writer.ts';

const LOG_ROWS = 50;

export function nodeSummaryOf(
  { standing, presence, addresses, pairLimits, publication, applied, clock }: Services,
  node: NodeRecord,
): NodeSummary {
  const { membership, reason, reasonCode, declining } = standing(node);
  const { epochId } = publication.version();
  const probationEnds = pairLimits.probationEndsWith(node);
  const { latest } = node;
  const { tunnel, measurement } = freshTroubles(applied.of(node.nodeId), clock.nowMs());
  const lastSeenMs = presence.lastSeenMs(node.nodeId);
  return {
    node_id: node.nodeId,
    status: node.status,
    class: node.class,
    membership,
    reason,
    reason_code: reasonCode,
    declining,
    limits: pairLimits
      .of(node, epochId)
      .map(({ cause, bitsPerSecond }) => ({ cause, bits_per_second: bitsPerSecond })),
    probation_until_epoch: probationEnds !== undefined && epochId < probationEnds ? probationEnds : null,
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
    troubles: { tunnel: tunnel ?? null, measurement: measurement ?? null },
  };
}

export function nodeDetailOf(services: Services, node: NodeRecord): NodeDetail {
  const keys = node.wgPublicKeys;
  return {
    ...nodeSummaryOf(services, node),
    identity_key: node.identityKey,
    wg_public_keys: keys.b === undefined ? { a: keys.a } : { a: keys.a, b: keys.b },
    pairs: pairsOf(node.nodeId, (id) => services.applied.of(id), Math.floor(services.clock.nowMs())).map(
      (pair) => ({
        node_id: pair.peerId,
        epoch_here: pair.epochHere ?? null,
        epoch_there: pair.epochThere ?? null,
        handshake_age_ms: pair.handshakeAgeMs ?? null,
        suspicion: pair.suspicion ?? null,
        limit_bits_per_second: pairLimit(services, node, pair.peerId),
      }),
    ),
    log: services.readLog({ limit: LOG_ROWS, nodeId: node.nodeId }).map(wireRow),
  };
}

function pairLimit({ view, pairLimits, publication }: Services, node: NodeRecord, peerId: string) {
  const peer = view.node(peerId);
  if (peer === undefined) return null;
  return pairLimits.between(node, peer, publication.version().epochId) ?? null;
}

/** A log row for the wire: the entry, and the details where they have not been erased. */
export function wireRow({ index, entry, details }: LogRow): {
  index: number;
  entry: Record<string, unknown>;
} {
  return { index, entry: details === undefined ? entry : { ...entry, revealed: details } };
}
