// Writes the records that a draft changed to the database, and reads all of them at the start.

import type { AcceptedBenchmark } from '@mesh/membership';
import {
  type EpochRecord,
  type MaintenanceWindow,
  type NodeRecord,
  type StateChanges,
  type TokenRecord,
  withEpoch,
} from '@mesh/membership';
import type { EpochId, NodeId, Sha256Hex } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import type { Database, Statement } from 'better-sqlite3';
import type { Sealer } from '../trust/at-rest-sealer.ts';
import {
  hasSameIndexedFields,
  NODE_COLUMNS,
  type NodeRow,
  nodeOf,
  PLAIN_COLUMNS,
  rowOf,
} from './node-row.ts';

/** The purpose under which newest benchmarks are sealed. */
const PURPOSE = 'latest-benchmark';
/** More epochs than the state keeps, because some of these were replaced before they came into force. */
const READ_EPOCHS = 100;

/** Writes what a draft changed, inside the transaction that writes its log entries. */
export class RowWriter {
  readonly #sealer: Sealer;
  readonly #putNode: Statement;
  readonly #updateNode: Statement;
  readonly #putToken: Statement;
  readonly #putEpoch: Statement;
  readonly #putMaintenance: Statement;
  /** Caches each sealed benchmark, so that it is sealed once, however often its node's row is written. */
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

  /** @param before returns a node's record as it is in its row; undefined if the node has no row */
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

  /**
   * Most changes, for example every benchmark, do not change the indexed columns. Not writing those saves
   * most of the work.
   */
  #writeNode(node: NodeRecord, before: NodeRecord | undefined): void {
    const row = rowOf(node, node.latest === undefined ? null : this.#seal(node.nodeId, node.latest));
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
}

/** Reads the whole state at the start. */
export function readState(db: Database, sealer: Sealer): StateChanges {
  const nodes = (db.prepare('SELECT * FROM nodes').all() as NodeRow[]).map((row) =>
    nodeOf(row, row.latest === null ? undefined : openBenchmark(sealer, row.node_id, row.latest)),
  );
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

function openBenchmark(sealer: Sealer, nodeId: NodeId, sealed: Uint8Array): AcceptedBenchmark {
  return JSON.parse(Buffer.from(sealer.open(PURPOSE, nodeId, sealed)).toString()) as AcceptedBenchmark;
}
