// Records of the state as rows.

import type { AcceptedBenchmark } from '@mesh/membership';
import {
  type EpochRecord,
  type MaintenanceWindow,
  type NodeRecord,
  type StateChanges,
  type TokenRecord,
  withEpoch,
} from '@mesh/membership';
import type { EpochId, IdentityKey, NodeId, Sha256Hex } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import type { IpAddress } from '@mesh/wg';
import type { Database, Statement } from 'better-sqlite3';
import type { Sealer } from './sealer.ts';

/** More than are remembered: those that were replaced before they came into force are among them. */
const READ_EPOCHS = 100;

interface NodeRow {
  node_id: string;
  class: string;
  status: NodeRecord['status'];
  identity_key: string;
  wg_public_key_a: string;
  wg_public_key_b: string | null;
  addresses: string;
  endpoint: string;
  observed_address: string | null;
  token_id: string;
  enrolled_at_ms: number;
  updated_at_ms: number;
  membership: NodeRecord['membership'];
  admitted_since: number | null;
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

const NODE_COLUMNS = [
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

/** Columns with an index or a reference of their own. SQLite rewrites and checks those even for the same value. */
const INDEXED = new Set<keyof NodeRow>([
  'node_id',
  'identity_key',
  'wg_public_key_a',
  'wg_public_key_b',
  'token_id',
]);
const PLAIN_COLUMNS = NODE_COLUMNS.filter((column) => !INDEXED.has(column));

/** Writes what a draft changed; to be called inside the transaction of its log entries. */
export class RowWriter {
  readonly #sealer: Sealer;
  readonly #putNode: Statement;
  readonly #updateNode: Statement;
  readonly #putToken: Statement;
  readonly #putEpoch: Statement;
  readonly #putMaintenance: Statement;
  /** A benchmark is sealed once, however often its node's row is written. */
  readonly #sealed = new WeakMap<AcceptedBenchmark, Uint8Array>();

  constructor(db: Database, sealer: Sealer) {
    this.#sealer = sealer;
    const updates = NODE_COLUMNS.slice(1).map((column) => `${column} = excluded.${column}`);
    this.#putNode = db.prepare(
      `INSERT INTO nodes (${NODE_COLUMNS.join(', ')}) VALUES (${NODE_COLUMNS.map(() => '?').join(', ')})
       ON CONFLICT (node_id) DO UPDATE SET ${updates.join(', ')}`,
    );
    this.#updateNode = db.prepare(
      `UPDATE nodes SET ${PLAIN_COLUMNS.map((column) => `${column} = ?`).join(', ')} WHERE node_id = ?`,
    );
    this.#putToken = db.prepare(
      `INSERT INTO tokens (token_id, secret_hash, uses_left, class, node_id, expires_at_ms) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (token_id) DO UPDATE SET uses_left = excluded.uses_left`,
    );
    this.#putEpoch = db.prepare(
      'INSERT OR IGNORE INTO epochs (epoch_id, activate_at_ms, commitment) VALUES (?, ?, ?)',
    );
    this.#putMaintenance = db.prepare(
      `INSERT INTO maintenance_windows (request_id, officer, why, started_at_ms, until_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (request_id) DO UPDATE SET until_ms = excluded.until_ms`,
    );
  }

  /** @param before a node's record as its row has it, or undefined for a node without one */
  write(changes: StateChanges, before: (nodeId: NodeId) => NodeRecord | undefined): void {
    for (const token of changes.tokens) {
      this.#putToken.run(
        token.tokenId,
        token.secretHash,
        token.usesLeft,
        token.class,
        token.nodeId ?? null,
        token.expiresAtMs,
      );
    }
    for (const node of changes.nodes) this.#writeNode(node, before(node.nodeId));
    for (const epoch of changes.epochs ?? [])
      this.#putEpoch.run(epoch.epochId, epoch.activateAtMs, epoch.commitment);
    for (const { requestId, officer, why, startedAtMs, untilMs } of changes.maintenance ?? [])
      this.#putMaintenance.run(requestId, officer, why, startedAtMs, untilMs);
  }

  /** Most changes, every benchmark among them, touch no index: leaving those alone saves most of the write. */
  #writeNode(node: NodeRecord, before: NodeRecord | undefined): void {
    const row = this.#toRow(node);
    if (before === undefined || !hasSameIndexedFields(node, before)) {
      this.#putNode.run(NODE_COLUMNS.map((column) => row[column]));
      return;
    }
    const { changes } = this.#updateNode.run(
      PLAIN_COLUMNS.map((column) => row[column]),
      node.nodeId,
    );
    if (changes !== 1) throw new Error(`node ${node.nodeId} has no row: memory and disk differ`);
  }

  #seal(nodeId: NodeId, benchmark: AcceptedBenchmark): Uint8Array {
    let sealed = this.#sealed.get(benchmark);
    if (sealed === undefined) {
      sealed = this.#sealer.seal(PURPOSE, nodeId, Buffer.from(JSON.stringify(benchmark)));
      this.#sealed.set(benchmark, sealed);
    }
    return sealed;
  }

  #toRow(node: NodeRecord): NodeRow {
    const latest = node.latest === undefined ? null : this.#seal(node.nodeId, node.latest);
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
}

function hasSameIndexedFields(one: NodeRecord, other: NodeRecord): boolean {
  return (
    one.identityKey === other.identityKey &&
    one.wgPublicKeys.a === other.wgPublicKeys.a &&
    one.wgPublicKeys.b === other.wgPublicKeys.b &&
    one.tokenId === other.tokenId
  );
}

/** Reads everything that the state needs at the start. */
export function readState(db: Database, sealer: Sealer): StateChanges {
  const nodes = (db.prepare('SELECT * FROM nodes').all() as NodeRow[]).map((row) => fromRow(row, sealer));
  const tokens = (db.prepare('SELECT * FROM tokens').all() as Record<string, string | number | null>[]).map(
    (row): TokenRecord => ({
      tokenId: String(row.token_id) as TokenId,
      secretHash: String(row.secret_hash) as Sha256Hex,
      usesLeft: Number(row.uses_left),
      class: String(row.class),
      nodeId: (row.node_id ?? undefined) as NodeId | undefined,
      expiresAtMs: Number(row.expires_at_ms),
    }),
  );
  const epochs = (
    db.prepare('SELECT * FROM epochs ORDER BY epoch_id DESC LIMIT ?').all(READ_EPOCHS) as Record<
      string,
      string | number
    >[]
  )
    .map(
      (row): EpochRecord => ({
        epochId: row.epoch_id as EpochId,
        activateAtMs: Number(row.activate_at_ms),
        commitment: String(row.commitment),
      }),
    )
    .reverse()
    .reduce(withEpoch, [] as readonly EpochRecord[]);
  const maintenance = db
    .prepare(
      `SELECT request_id AS requestId, officer, why, started_at_ms AS startedAtMs, until_ms AS untilMs
       FROM maintenance_windows ORDER BY position`,
    )
    .all() as MaintenanceWindow[];
  return { nodes, tokens, epochs, maintenance };
}

function fromRow(row: NodeRow, sealer: Sealer): NodeRecord {
  const nodeId = row.node_id as NodeId;
  return {
    nodeId,
    class: row.class,
    status: row.status,
    identityKey: row.identity_key as IdentityKey,
    wgPublicKeys:
      row.wg_public_key_b === null
        ? { a: row.wg_public_key_a }
        : { a: row.wg_public_key_a, b: row.wg_public_key_b },
    addresses: JSON.parse(row.addresses) as IpAddress[],
    endpoint: JSON.parse(row.endpoint) as NodeRecord['endpoint'],
    observedAddress: row.observed_address ?? undefined,
    tokenId: row.token_id as TokenId,
    enrolledAtMs: row.enrolled_at_ms,
    updatedAtMs: row.updated_at_ms,
    membership: row.membership,
    readmitted: row.readmitted === 1,
    admittedSince: (row.admitted_since ?? undefined) as EpochId | undefined,
    latest:
      row.latest === null
        ? undefined
        : (JSON.parse(Buffer.from(sealer.open(PURPOSE, nodeId, row.latest)).toString()) as AcceptedBenchmark),
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

const PURPOSE = 'latest-benchmark';
