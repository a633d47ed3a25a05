// Writes what changes about exams to the database, and reads what is true of them at the start. Challenges,
// items and grades are sealed.

import type {
  ExamChanges,
  ExaminerRecord,
  ExamPoolRecord,
  ExamRecord,
  NodeExams,
  Outvote,
} from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import { SealedFor, type Sealer } from '../trust/at-rest-sealer.ts';

interface PoolRow {
  readonly root: string;
  readonly loaded_at_ms: number;
  readonly used: string;
  readonly retired: string;
  readonly withdrawn: number;
  readonly sealed: Uint8Array;
}

interface ExaminerRow {
  readonly node_id: NodeId;
  readonly outvoted_in: string;
  readonly suspended_by: string | null;
  readonly suspended_at_ms: number | null;
}

/** What of a pool never changes, and is sealed. */
type SealedPool = Pick<ExamPoolRecord, 'suite' | 'version' | 'uses' | 'items' | 'pairs'>;

/** Writes inside the transaction that writes the log entries. */
export class ExamRows {
  readonly #sealer: Sealer;
  readonly #addPool: Statement;
  readonly #changePool: Statement;
  readonly #put: Statement;
  readonly #putNode: Statement;
  readonly #dropNode: Statement;
  readonly #putExaminer: Statement;
  readonly #putList: Statement;

  constructor(db: Database, sealer: Sealer) {
    this.#sealer = sealer;
    this.#addPool = db.prepare(
      'INSERT INTO exam_pools (root, name, loaded_at_ms, used, retired, withdrawn, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.#changePool = db.prepare(
      'UPDATE exam_pools SET used = ?, retired = ?, withdrawn = ? WHERE root = ?',
    );
    this.#put = db.prepare(
      `INSERT INTO exams (exam_id, node_id, epoch_id, closed_at_ms, sealed) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (exam_id) DO UPDATE SET closed_at_ms = excluded.closed_at_ms, sealed = excluded.sealed`,
    );
    this.#putNode = db.prepare(
      `INSERT INTO node_exams (node_id, sealed) VALUES (?, ?)
       ON CONFLICT (node_id) DO UPDATE SET sealed = excluded.sealed`,
    );
    this.#dropNode = db.prepare('DELETE FROM node_exams WHERE node_id = ?');
    this.#putExaminer = db.prepare(
      `INSERT INTO examiners (node_id, outvoted_in, suspended_by, suspended_at_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT (node_id) DO UPDATE SET outvoted_in = excluded.outvoted_in,
         suspended_by = excluded.suspended_by, suspended_at_ms = excluded.suspended_at_ms`,
    );
    this.#putList = db.prepare('INSERT OR IGNORE INTO examiner_lists (sha256, ids) VALUES (?, ?)');
  }

  write({ pools, exams, examiners, lists = [] }: ExamChanges): void {
    for (const { sha256, ids } of lists) this.#putList.run(sha256, JSON.stringify(ids));
    for (const pool of pools) this.#writePool(pool);
    for (const exam of exams) this.#writeExam(exam);
    for (const { nodeId, outvotes, suspendedBy } of examiners)
      this.#putExaminer.run(
        nodeId,
        JSON.stringify(outvotes),
        suspendedBy?.examId ?? null,
        suspendedBy?.atMs ?? null,
      );
  }

  /** @param exams undefined: nothing is remembered of the node any more */
  writeNode(nodeId: NodeId, exams: NodeExams | undefined): void {
    if (exams === undefined) this.#dropNode.run(nodeId);
    else this.#putNode.run(nodeId, this.#seal(SealedFor.nodeExams, nodeId, exams));
  }

  #writePool(pool: ExamPoolRecord): void {
    const { root, name, loadedAtMs, used, retired, isWithdrawn } = pool;
    const now = [JSON.stringify(used), JSON.stringify(retired), isWithdrawn ? 1 : 0];
    if (this.#changePool.run(...now, root).changes === 1) return;
    const { suite, version, uses, items, pairs } = pool;
    const kept: SealedPool = { suite, version, uses, items, pairs };
    this.#addPool.run(root, name, loadedAtMs, ...now, this.#seal(SealedFor.examPool, root, kept));
  }

  #writeExam(exam: ExamRecord): void {
    const { examId, nodeId, epochId, closed } = exam;
    this.#put.run(examId, nodeId, epochId, closed?.atMs ?? null, this.#seal(SealedFor.exam, examId, exam));
  }

  #seal(purpose: string, subject: string, value: object): Uint8Array {
    return this.#sealer.seal(purpose, subject, Buffer.from(JSON.stringify(value)));
  }
}

/** Reads the pools, the exams that are open, and the examiners. */
export function readExams(db: Database, sealer: Sealer): ExamChanges {
  const pools = db.prepare('SELECT * FROM exam_pools ORDER BY position').all() as (PoolRow & {
    name: string;
  })[];
  const open = db
    .prepare('SELECT exam_id, sealed FROM exams WHERE closed_at_ms IS NULL')
    .all() as SealedExam[];
  const examiners = db.prepare('SELECT * FROM examiners').all() as ExaminerRow[];
  return {
    pools: pools.map((row) => ({
      name: row.name,
      root: row.root,
      loadedAtMs: row.loaded_at_ms,
      used: JSON.parse(row.used) as number[],
      retired: JSON.parse(row.retired) as number[],
      isWithdrawn: row.withdrawn === 1,
      ...openSealed<SealedPool>(sealer, SealedFor.examPool, row.root, row.sealed),
    })),
    exams: open.map((row) => openExamRow(sealer, row)),
    examiners: examiners.map(
      (row): ExaminerRecord => ({
        nodeId: row.node_id,
        outvotes: (JSON.parse(row.outvoted_in) as (Outvote | string)[]).map(outvoteOf),
        suspendedBy:
          row.suspended_by === null
            ? undefined
            : { examId: row.suspended_by, atMs: row.suspended_at_ms ?? 0 },
      }),
    ),
  };
}

/** What is drawn no more of each pool. @returns nothing of a database from before there were pools */
export function readRetired(db: Database): { readonly root: string; readonly indices: number[] }[] {
  const hasPools = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'exam_pools'").get() !== undefined;
  if (!hasPools) return [];
  const rows = db.prepare('SELECT root, retired FROM exam_pools ORDER BY position').all() as PoolRow[];
  return rows.map(({ root, retired }) => ({ root, indices: JSON.parse(retired) as number[] }));
}

/** Earlier versions have kept the id of the exam alone. */
const outvoteOf = (kept: Outvote | string): Outvote => (typeof kept === 'string' ? { examId: kept } : kept);

/** What is remembered of each node beside its exams. */
export function readNodeExams(db: Database, sealer: Sealer): ReadonlyMap<string, NodeExams> {
  const rows = db.prepare('SELECT node_id, sealed FROM node_exams').all() as {
    readonly node_id: string;
    readonly sealed: Uint8Array;
  }[];
  return new Map(
    rows.map(({ node_id: nodeId, sealed }) => [
      nodeId,
      openSealed<NodeExams>(sealer, SealedFor.nodeExams, nodeId, sealed),
    ]),
  );
}

export interface SealedExam {
  readonly exam_id: string;
  readonly sealed: Uint8Array;
}

/** @throws HostError `envelope_invalid` if it was sealed under another key or for another place */
export function openExamRow(sealer: Sealer, { exam_id: examId, sealed }: SealedExam): ExamRecord {
  return openSealed<ExamRecord>(sealer, SealedFor.exam, examId, sealed);
}

function openSealed<T>(sealer: Sealer, purpose: string, subject: string, sealed: Uint8Array): T {
  return JSON.parse(Buffer.from(sealer.open(purpose, subject, sealed)).toString()) as T;
}
