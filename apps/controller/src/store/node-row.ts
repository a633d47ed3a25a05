// Converts a node's record to a row of the table `nodes` and back.

import type { AcceptedBenchmark, NodeRecord } from '@mesh/membership';
import type { EpochId, IdentityKey, NodeId } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import type { IpAddress } from '@mesh/wg';

export interface NodeRow {
  node_id: NodeId;
  class: string;
  status: NodeRecord['status'];
  identity_key: IdentityKey;
  wg_public_key_a: string;
  wg_public_key_b: string | null;
  addresses: string;
  endpoint: string;
  observed_address: string | null;
  token_id: TokenId;
  enrolled_at_ms: number;
  updated_at_ms: number;
  membership: NodeRecord['membership'];
  admitted_since: EpochId | null;
  readmitted: number;
  latest: Uint8Array | null;
  consecutive_good: number;
  has_left: number;
  sequence_benchmark: number;
  sequence_endpoint: number;
  sequence_leave: number;
  certificate_serial: string | null;
  certificate_not_after_ms: number | null;
  kem_public_key: string | null;
  declining: number;
  consecutive_clear: number;
  good_counted_measured_at_ms: number | null;
  good_counted_arrived_at_ms: number | null;
  clear_counted_measured_at_ms: number | null;
  clear_counted_arrived_at_ms: number | null;
  unreachable_since_ms: number | null;
}

export const NODE_COLUMNS = [
  'node_id',
  'class',
  'status',
  'identity_key',
  'wg_public_key_a',
  'wg_public_key_b',
  'addresses',
  'endpoint',
  'observed_address',
  'token_id',
  'enrolled_at_ms',
  'updated_at_ms',
  'membership',
  'admitted_since',
  'readmitted',
  'latest',
  'consecutive_good',
  'has_left',
  'sequence_benchmark',
  'sequence_endpoint',
  'sequence_leave',
  'certificate_serial',
  'certificate_not_after_ms',
  'kem_public_key',
  'declining',
  'consecutive_clear',
  'good_counted_measured_at_ms',
  'good_counted_arrived_at_ms',
  'clear_counted_measured_at_ms',
  'clear_counted_arrived_at_ms',
  'unreachable_since_ms',
] as const satisfies readonly (keyof NodeRow)[];

/**
 * Columns with an index or a foreign key. SQLite rewrites or checks these even if the value stays the same.
 */
const INDEXED = new Set<keyof NodeRow>([
  'node_id',
  'identity_key',
  'wg_public_key_a',
  'wg_public_key_b',
  'token_id',
]);
/** Columns that can be written without touching an index. */
export const PLAIN_COLUMNS = NODE_COLUMNS.filter((column) => !INDEXED.has(column));

/** @param latest the node's newest benchmark, sealed; null if it has none */
export function rowOf(node: NodeRecord, latest: Uint8Array | null): NodeRow {
  return {
    node_id: node.nodeId,
    class: node.class,
    status: node.status,
    identity_key: node.identityKey,
    wg_public_key_a: node.wgPublicKeys.a,
    wg_public_key_b: node.wgPublicKeys.b ?? null,
    addresses: JSON.stringify(node.addresses),
    endpoint: JSON.stringify(node.endpoint),
    observed_address: node.observedAddress ?? null,
    token_id: node.tokenId,
    enrolled_at_ms: node.enrolledAtMs,
    updated_at_ms: node.updatedAtMs,
    membership: node.membership,
    admitted_since: node.admittedSince ?? null,
    readmitted: node.readmitted ? 1 : 0,
    latest,
    consecutive_good: node.goodStreak.count,
    has_left: node.left ? 1 : 0,
    sequence_benchmark: node.sequences.benchmark,
    sequence_endpoint: node.sequences.endpoint,
    sequence_leave: node.sequences.leave,
    certificate_serial: node.certificate?.serial ?? null,
    certificate_not_after_ms: node.certificate?.notAfterMs ?? null,
    kem_public_key: node.kemPublicKey ?? null,
    declining: node.declining ? 1 : 0,
    consecutive_clear: node.clearStreak.count,
    good_counted_measured_at_ms: node.goodStreak.countedMeasuredAtMs,
    good_counted_arrived_at_ms: node.goodStreak.countedArrivedAtMs,
    clear_counted_measured_at_ms: node.clearStreak.countedMeasuredAtMs,
    clear_counted_arrived_at_ms: node.clearStreak.countedArrivedAtMs,
    unreachable_since_ms: node.unreachableSinceMs ?? null,
  };
}

/** @param latest the node's newest benchmark, unsealed; undefined if it has none */
export function nodeOf(row: NodeRow, latest: AcceptedBenchmark | undefined): NodeRecord {
  return {
    nodeId: row.node_id,
    class: row.class,
    status: row.status,
    identityKey: row.identity_key,
    wgPublicKeys:
      row.wg_public_key_b === null
        ? { a: row.wg_public_key_a }
        : { a: row.wg_public_key_a, b: row.wg_public_key_b },
    addresses: JSON.parse(row.addresses) as IpAddress[],
    endpoint: JSON.parse(row.endpoint) as NodeRecord['endpoint'],
    observedAddress: row.observed_address ?? undefined,
    tokenId: row.token_id,
    enrolledAtMs: row.enrolled_at_ms,
    updatedAtMs: row.updated_at_ms,
    membership: row.membership,
    readmitted: row.readmitted === 1,
    admittedSince: row.admitted_since ?? undefined,
    latest,
    goodStreak: {
      count: row.consecutive_good,
      countedMeasuredAtMs: row.good_counted_measured_at_ms,
      countedArrivedAtMs: row.good_counted_arrived_at_ms,
    },
    declining: row.declining === 1,
    clearStreak: {
      count: row.consecutive_clear,
      countedMeasuredAtMs: row.clear_counted_measured_at_ms,
      countedArrivedAtMs: row.clear_counted_arrived_at_ms,
    },
    left: row.has_left === 1,
    unreachableSinceMs: row.unreachable_since_ms ?? undefined,
    sequences: {
      benchmark: row.sequence_benchmark,
      endpoint: row.sequence_endpoint,
      leave: row.sequence_leave,
    },
    certificate:
      row.certificate_serial === null || row.certificate_not_after_ms === null
        ? undefined
        : { serial: row.certificate_serial, notAfterMs: row.certificate_not_after_ms },
    kemPublicKey: row.kem_public_key ?? undefined,
  };
}

/** Whether the indexed columns have the same values for both records. */
export function hasSameIndexedFields(one: NodeRecord, other: NodeRecord): boolean {
  return (
    one.identityKey === other.identityKey &&
    one.wgPublicKeys.a === other.wgPublicKeys.a &&
    one.wgPublicKeys.b === other.wgPublicKeys.b &&
    one.tokenId === other.tokenId
  );
}
