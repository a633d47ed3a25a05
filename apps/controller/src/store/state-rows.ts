// Writes the records that a draft changed to the database, and reads all of them at the start.

import type { AcceptedBenchmark } from '@mesh/membership';
import {
  type EpochRecord,
  type MaintenanceWindow,
  type MeshView,
  type NodeRecord,
  type StateChanges,
  withEpoch,
} from '@mesh/membership';
import { defined, type EpochId, type NodeId } from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import { SealedFor, type Sealer } from '../trust/at-rest-sealer.ts';
import { readConfigKeys } from '../trust/stored-config-keys.ts';
import { readLogKeys } from '../trust/stored-log-keys.ts';
import { AdminKeyRows, readAdminKeys } from './admin-key-rows.ts';
import type { BenchmarkPlaces } from './benchmark-places.ts';
import { BrakeRows, readBrakeCuts } from './brake-rows.ts';
import { CaRows, readCa } from './ca-rows.ts';
import { ConfigKeyRows } from './config-key-rows.ts';
import { readFacts, writeFacts } from './controller-facts-rows.ts';
import { ErasureRows } from './erasure-rows.ts';
import { ExamRows, readExams, readNodeExams } from './exam-rows.ts';
import { GoneRows, readGone } from './gone-rows.ts';
import { LogKeyRows } from './log-key-rows.ts';
import {
  hasSameIndexedFields,
  hasSameRow,
  NODE_COLUMNS,
  type NodeRow,
  nodeOf,
  PLAIN_COLUMNS,
  rowOf,
} from './node-row.ts';
import { OfficerRows, readOfficers } from './officer-rows.ts';
import { PolicyRows, readPolicies } from './policy-rows.ts';
import { RESULT_COLUMNS, type ResultRow, resultFieldsOf, resultValuesOf } from './result-row.ts';
import { DetailsReader } from './sealed-details.ts';
import { readTokens, TokenRows } from './token-rows.ts';

/** The purpose under which newest benchmarks were sealed in their nodes' rows. */
const PURPOSE = SealedFor.latestBenchmark;
/** More epochs than the state keeps, because some of these were replaced before they came into force. */
const READ_EPOCHS = 100;

/** What a draft is laid over: for a node without a row, there is no record. */
type Before = Pick<MeshView, 'node' | 'recentCuts' | 'ca' | 'configKeys' | 'logKeys'>;

/** Writes what a draft changed, inside the transaction that writes its log entries, and after them. */
export class RowWriter {
  readonly #db: Database;
  readonly #places: BenchmarkPlaces;
  readonly #putNode: Statement;
  readonly #updateNode: Statement;
  readonly #putResult: Statement;
  readonly #dropLatest: Statement;
  readonly #tokens: TokenRows;
  readonly #exams: ExamRows;
  readonly #putEpoch: Statement;
  readonly #putMaintenance: Statement;
  readonly #officers: OfficerRows;
  readonly #adminKeys: AdminKeyRows;
  readonly #policies: PolicyRows;
  readonly #cuts: BrakeRows;
  readonly #gone: GoneRows;
  readonly #ca: CaRows;
  readonly #configKeys: ConfigKeyRows;
  readonly #logKeys: LogKeyRows;
  readonly #erasures: ErasureRows;

  constructor(db: Database, sealer: Sealer, places: BenchmarkPlaces) {
    this.#db = db;
    this.#places = places;
    this.#adminKeys = new AdminKeyRows(db);
    this.#policies = new PolicyRows(db);
    this.#cuts = new BrakeRows(db);
    this.#putNode = db.prepare(upsert('nodes', NODE_COLUMNS));
    this.#putResult = db.prepare(upsert('node_results', RESULT_COLUMNS));
    this.#dropLatest = db.prepare('UPDATE nodes SET latest = NULL WHERE node_id = ?');
    this.#updateNode = db.prepare(
      `UPDATE nodes SET ${PLAIN_COLUMNS.map((column) => `${column} = ?`).join(', ')} WHERE node_id = ?`,
    );
    this.#tokens = new TokenRows(db);
    this.#exams = new ExamRows(db, sealer);
    this.#putEpoch = db.prepare(
      'INSERT OR IGNORE INTO epochs (epoch_id, activate_at_ms, commitment) VALUES (?, ?, ?)',
    );
    this.#putMaintenance = db.prepare(
      `INSERT INTO maintenance_windows (request_id, officer, why, started_at_ms, until_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (request_id) DO UPDATE SET until_ms = excluded.until_ms`,
    );
    this.#gone = new GoneRows(db);
    this.#officers = new OfficerRows(db);
    this.#ca = new CaRows(db);
    this.#configKeys = new ConfigKeyRows(db);
    this.#logKeys = new LogKeyRows(db);
    this.#erasures = new ErasureRows(db);
  }

  /** @param before what is in the database */
  write(changes: StateChanges, before: Before): void {
    this.#gone.write(changes);
    for (const token of changes.tokens) this.#tokens.write(token);
    for (const node of changes.nodes) this.#writeNode(node, before.node(node.nodeId));
    if (changes.recentCuts !== undefined) this.#cuts.write(changes.recentCuts, before.recentCuts());
    for (const epoch of changes.epochs ?? [])
      this.#putEpoch.run(epoch.epochId, epoch.activateAtMs, epoch.commitment);
    for (const { requestId, officer, why, startedAtMs, untilMs } of changes.maintenance ?? [])
      this.#putMaintenance.run(requestId, officer, why, startedAtMs, untilMs);
    this.#officers.write(changes);
    for (const key of changes.adminKeys ?? []) this.#adminKeys.write(key);
    if (changes.policies !== undefined) this.#policies.write(changes.policies);
    if (changes.ca !== undefined) this.#ca.write(changes.ca, before.ca());
    if (changes.controllerFacts !== undefined) writeFacts(this.#db, changes.controllerFacts);
    if (changes.configKeys !== undefined) this.#configKeys.write(changes.configKeys, before.configKeys());
    if (changes.logKeys !== undefined) this.#logKeys.write(changes.logKeys, before.logKeys());
    if (changes.exams !== undefined) this.#exams.write(changes.exams);
    this.#erasures.write(changes.erasures ?? []);
  }

  /** Most changes are results, which change only the short row. */
  #writeNode(node: NodeRecord, before: NodeRecord | undefined): void {
    if (before === undefined || !hasSameRow(node, before)) this.#writeNodeRow(node, before);
    if (node.exams !== before?.exams) this.#exams.writeNode(node.nodeId, node.exams);
    const place = node.latest === undefined ? undefined : this.#places.of(node.latest);
    this.#putResult.run(resultValuesOf(node, typeof place === 'number' ? place : null));
    if (
      node.latest !== before?.latest &&
      before?.latest !== undefined &&
      this.#places.of(before.latest) === 'row'
    )
      this.#dropLatest.run(node.nodeId);
  }

  #writeNodeRow(node: NodeRecord, before: NodeRecord | undefined): void {
    const row = rowOf(node);
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
}

function upsert(table: string, columns: readonly string[]): string {
  const [key, ...others] = columns;
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
    ON CONFLICT (${key}) DO UPDATE SET ${others.map((column) => `${column} = excluded.${column}`).join(', ')}`;
}

/** Reads the whole state at the start, and notes where each newest benchmark is stored. */
export function readState(db: Database, sealer: Sealer, places: BenchmarkPlaces): StateChanges {
  const nodes = readNodes(db, sealer, places);
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
  return {
    nodes,
    tokens: readTokens(db),
    epochs,
    maintenance,
    adminKeys: readAdminKeys(db),
    recentCuts: readBrakeCuts(db),
    configKeys: readConfigKeys(db),
    logKeys: readLogKeys(db),
    exams: readExams(db, sealer),
    ...readOfficers(db),
    ...readGone(db, nodes),
    ...defined({ policies: readPolicies(db), ca: readCa(db), controllerFacts: readFacts(db) }),
  };
}

/** Ordered by the place of the newest benchmark, so that each batch of details is opened once. */
const READ_NODES = `
  SELECT n.*, ${RESULT_COLUMNS.slice(1)
    .map((column) => `r.${column}`)
    .join(', ')}
  FROM nodes n LEFT JOIN node_results r USING (node_id) ORDER BY r.latest_index`;

type StoredNode = NodeRow & ResultRow & { readonly latest: Uint8Array | null };

/** @throws Error if a node has only one of its two rows */
function readNodes(db: Database, sealer: Sealer, places: BenchmarkPlaces): NodeRecord[] {
  const details = new DetailsReader(db, sealer);
  const exams = readNodeExams(db, sealer);
  return (db.prepare(READ_NODES).all() as StoredNode[]).map((row) => {
    if (row.updated_at_ms === null)
      throw new Error(`node ${row.node_id} has no row in node_results: restore a backup of ${db.name}`);
    const latest = latestOf(row, details, sealer);
    if (latest !== undefined) places.note(latest, row.latest_index ?? 'row');
    return { ...nodeOf(row, resultFieldsOf(row, latest)), ...defined({ exams: exams.get(row.node_id) }) };
  });
}

function latestOf(row: StoredNode, details: DetailsReader, sealer: Sealer): AcceptedBenchmark | undefined {
  if (row.latest_index !== null) return details.find(row.latest_index)?.benchmark;
  return row.latest === null ? undefined : openBenchmark(sealer, row.node_id, row.latest);
}

function openBenchmark(sealer: Sealer, nodeId: NodeId, sealed: Uint8Array): AcceptedBenchmark {
  return JSON.parse(Buffer.from(sealer.open(PURPOSE, nodeId, sealed)).toString()) as AcceptedBenchmark;
}
