// Converts a node's record to a row of the table `nodes`, and back. What every result changes is in another
// row (result-row.ts).

import type { NodeRecord } from '@mesh/membership';
import type { EpochId, IdentityKey, NodeId } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import type { IpAddress } from '@mesh/wg';
import type { ResultFields } from './result-row.ts';

export interface NodeRow {
  node_id: NodeId;
  class: string;
  status: Exclude<NodeRecord['status'], 'pending'>;
  identity_key: IdentityKey;
  wg_public_key_a: string;
  wg_public_key_b: string | null;
  addresses: string;
  endpoint: string;
  observed_address: string | null;
  token_id: TokenId;
  enrolled_at_ms: number;
  membership: NodeRecord['membership'];
  admitted_since: EpochId | null;
  readmitted: number;
  has_left: number;
  sequence_endpoint: number;
  sequence_leave: number;
  certificate_serial: string | null;
  certificate_not_after_ms: number | null;
  kem_public_key: string | null;
  declining: number;
  unreachable_since_ms: number | null;
  is_pending: number;
  enrolled_from: string | null;
  next_identity_key: IdentityKey | null;
  quarantined_at_ms: number | null;
  quarantined_until_ms: number | null;
  held_since_ms: number | null;
  hold_cause: string | null;
  hold_until_ms: number | null;
  hold_limited: number | null;
  watch_spent: number;
  probation_since: EpochId | null;
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
  'membership',
  'admitted_since',
  'readmitted',
  'has_left',
  'sequence_endpoint',
  'sequence_leave',
  'certificate_serial',
  'certificate_not_after_ms',
  'kem_public_key',
  'declining',
  'unreachable_since_ms',
  'is_pending',
  'enrolled_from',
  'next_identity_key',
  'quarantined_at_ms',
  'quarantined_until_ms',
  'held_since_ms',
  'hold_cause',
  'hold_until_ms',
  'hold_limited',
  'watch_spent',
  'probation_since',
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

export function rowOf(node: NodeRecord): NodeRow {
  return {
    node_id: node.nodeId,
    class: node.class,
    status: node.status === 'pending' ? 'quarantined' : node.status,
    identity_key: node.identityKey,
    wg_public_key_a: node.wgPublicKeys.a,
    wg_public_key_b: node.wgPublicKeys.b ?? null,
    addresses: JSON.stringify(node.addresses),
    endpoint: JSON.stringify(node.endpoint),
    observed_address: node.observedAddress ?? null,
    token_id: node.tokenId,
    enrolled_at_ms: node.enrolledAtMs,
    membership: node.membership,
    admitted_since: node.admittedSince ?? null,
    readmitted: node.readmitted ? 1 : 0,
    has_left: node.left ? 1 : 0,
    sequence_endpoint: node.sequences.endpoint,
    sequence_leave: node.sequences.leave,
    certificate_serial: node.certificate?.serial ?? null,
    certificate_not_after_ms: node.certificate?.notAfterMs ?? null,
    kem_public_key: node.kemPublicKey ?? null,
    declining: node.declining ? 1 : 0,
    unreachable_since_ms: node.unreachableSinceMs ?? null,
    is_pending: node.status === 'pending' ? 1 : 0,
    enrolled_from: node.enrolledFrom ?? null,
    next_identity_key: node.nextIdentityKey ?? null,
    quarantined_at_ms: node.quarantinedAtMs ?? null,
    quarantined_until_ms: node.quarantinedUntilMs ?? null,
    held_since_ms: node.heldSinceMs ?? null,
    hold_cause: node.hold?.cause ?? null,
    hold_until_ms: node.hold?.untilMs ?? null,
    hold_limited: node.hold === undefined ? null : Number(node.hold.limited),
    watch_spent: node.watchSpent ? 1 : 0,
    probation_since: node.probationSince ?? null,
  };
}

export function nodeOf(row: NodeRow, results: ResultFields): NodeRecord {
  const { benchmarkSequence, ...fields } = results;
  return {
    nodeId: row.node_id,
    class: row.class,
    status: row.is_pending === 1 ? 'pending' : row.status,
    identityKey: row.identity_key,
    wgPublicKeys:
      row.wg_public_key_b === null
        ? { a: row.wg_public_key_a }
        : { a: row.wg_public_key_a, b: row.wg_public_key_b },
    addresses: JSON.parse(row.addresses) as IpAddress[],
    endpoint: JSON.parse(row.endpoint) as NodeRecord['endpoint'],
    observedAddress: row.observed_address ?? undefined,
    enrolledFrom: row.enrolled_from ?? undefined,
    nextIdentityKey: row.next_identity_key ?? undefined,
    tokenId: row.token_id,
    enrolledAtMs: row.enrolled_at_ms,
    membership: row.membership,
    readmitted: row.readmitted === 1,
    admittedSince: row.admitted_since ?? undefined,
    declining: row.declining === 1,
    watchSpent: row.watch_spent === 1,
    probationSince: row.probation_since ?? undefined,
    left: row.has_left === 1,
    unreachableSinceMs: row.unreachable_since_ms ?? undefined,
    quarantinedAtMs: row.quarantined_at_ms ?? undefined,
    quarantinedUntilMs: row.quarantined_until_ms ?? undefined,
    heldSinceMs: row.held_since_ms ?? undefined,
    hold:
      row.hold_cause === null || row.hold_until_ms === null
        ? undefined
        : { cause: row.hold_cause, untilMs: row.hold_until_ms, limited: row.hold_limited === 1 },
    sequences: { benchmark: benchmarkSequence, endpoint: row.sequence_endpoint, leave: row.sequence_leave },
    certificate:
      row.certificate_serial === null || row.certificate_not_after_ms === null
        ? undefined
        : { serial: row.certificate_serial, notAfterMs: row.certificate_not_after_ms },
    kemPublicKey: row.kem_public_key ?? undefined,
    ...fields,
  };
}

/** Whether the rows of both records have the same values in every column with an index. */
export function hasSameIndexedFields(one: NodeRecord, other: NodeRecord): boolean {
  return (
    one.identityKey === other.identityKey &&
    one.wgPublicKeys.a === other.wgPublicKeys.a &&
    one.wgPublicKeys.b === other.wgPublicKeys.b &&
    one.tokenId === other.tokenId
  );
}

/**
 * Whether the rows of both records are the same. May be false for equal rows, if an object of the record was
 * replaced by an equal one.
 */
export function hasSameRow(one: NodeRecord, other: NodeRecord): boolean {
  return (
    COMPARED.every((field) => one[field] === other[field]) &&
    one.sequences.endpoint === other.sequences.endpoint &&
    one.sequences.leave === other.sequences.leave
  );
}

/** The fields of a record that its row is made of, except the sequences. */
const COMPARED = [
  'class',
  'status',
  'identityKey',
  'wgPublicKeys',
  'addresses',
  'endpoint',
  'observedAddress',
  'enrolledFrom',
  'nextIdentityKey',
  'tokenId',
  'enrolledAtMs',
  'membership',
  'admittedSince',
  'readmitted',
  'declining',
  'watchSpent',
  'probationSince',
  'left',
  'unreachableSinceMs',
  'quarantinedAtMs',
  'quarantinedUntilMs',
  'heldSinceMs',
  'hold',
  'certificate',
  'kemPublicKey',
] as const satisfies readonly (keyof NodeRecord)[];
