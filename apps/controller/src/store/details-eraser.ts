// Erases details piece by piece, each in a short transaction of its own between the commits of the journal.
// What shares a batch with others is sealed again without it. The old bytes are overwritten in the file, and
// the write-ahead log is cut off at the end.

import type { NodeId } from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import type { Sealer } from '../trust/at-rest-sealer.ts';
import { cutOffLog, overwriting } from './overwriting.ts';
import { type BatchRow, openBatch, sealBatch } from './sealed-details.ts';
import { ToldEraser } from './told-eraser.ts';

/** What a few milliseconds are enough for. */
const BATCHES_AT_ONCE = 100;
const EXAMS_AT_ONCE = 100;

/** The entries of an exam do not name the node that it is about. */
const OF_NODE = `
  SELECT log_index FROM log_entries WHERE log_index BETWEEN @first AND @last AND node_id = @node
  UNION
  SELECT x.log_index FROM exams e JOIN exam_entries x ON x.subject = e.exam_id
  WHERE e.node_id = @node AND x.log_index BETWEEN @first AND @last`;

const DROP_EXAMS = `
  DELETE FROM exams WHERE exam_id IN (
    SELECT e.exam_id FROM exams e
    WHERE e.closed_at_ms IS NOT NULL AND (@node IS NULL OR e.node_id = @node)
      AND (SELECT max(x.log_index) FROM exam_entries x WHERE x.subject = e.exam_id) < @before
    LIMIT ${EXAMS_AT_ONCE})`;

/**
 * Erasures that can go on. One that has erased everything but the newest result of its node, by which the
 * node is judged, has been set back to that result's batch, and waits for a newer one.
 */
const CAN_GO_ON = `
  FROM erasures e WHERE NOT (
    e.told_index >= e.before_index AND e.done_index < e.before_index
    AND EXISTS (SELECT 1 FROM node_results r WHERE r.node_id = e.node_id AND r.latest_index < e.before_index))`;

const SET_BACK = `
  UPDATE erasures SET done_index = ifnull(
    (SELECT max(b.first_index) FROM log_detail_batches b WHERE b.first_index <= r.latest_index), 0)
  FROM node_results r
  WHERE erasures.position = ? AND r.node_id = erasures.node_id AND r.latest_index < erasures.before_index`;

interface PendingRow {
  readonly position: number;
  readonly node_id: NodeId | null;
  readonly before_index: number;
  readonly done_index: number;
  readonly told_index: number;
}

/** `waiting`: another connection reads the write-ahead log, which holds old bytes until it can be cut off. */
export type EraserState = 'more' | 'waiting' | 'done';

export class DetailsEraser {
  readonly #db: Database;
  readonly #sealer: Sealer;
  readonly #pending: Statement;
  readonly #countPending: Statement;
  readonly #batches: Statement;
  readonly #ofNode: Statement;
  readonly #dropExams: Statement;
  readonly #newest: Statement;
  readonly #drop: Statement;
  readonly #replace: Statement;
  readonly #note: Statement;
  readonly #dropMessages: Statement;
  readonly #setBack: Statement;
  readonly #finish: Statement;
  readonly #told: ToldEraser;

  constructor(db: Database, sealer: Sealer) {
    this.#db = db;
    this.#sealer = sealer;
    this.#pending = db.prepare(`SELECT e.* ${CAN_GO_ON} ORDER BY e.position LIMIT 1`);
    this.#countPending = db.prepare(`SELECT count(*) ${CAN_GO_ON}`).pluck();
    this.#batches = db.prepare(
      `SELECT * FROM log_detail_batches WHERE first_index >= ? AND first_index < ?
       ORDER BY first_index LIMIT ${BATCHES_AT_ONCE}`,
    );
    this.#ofNode = db.prepare(OF_NODE).pluck();
    this.#dropExams = db.prepare(DROP_EXAMS);
    this.#newest = db.prepare('SELECT latest_index FROM node_results WHERE latest_index IS NOT NULL').pluck();
    this.#drop = db.prepare('DELETE FROM log_detail_batches WHERE first_index = ?');
    this.#replace = db.prepare('UPDATE log_detail_batches SET sealed = ? WHERE first_index = ?');
    this.#note = db.prepare('UPDATE erasures SET done_index = ? WHERE position = ?');
    this.#told = new ToldEraser(db, sealer);
    this.#dropMessages = db.prepare(
      `DELETE FROM newest_messages WHERE log_index < ? AND (? IS NULL OR node_id = ?)
         AND log_index NOT IN (SELECT latest_index FROM node_results WHERE latest_index IS NOT NULL)`,
    );
    this.#setBack = db.prepare(SET_BACK);
    this.#finish = db.prepare('DELETE FROM erasures WHERE position = ?');
  }

  /** How many erasures can go on. Those that wait for a newer result of their node are not counted. */
  get pending(): number {
    return this.#countPending.get() as number;
  }

  /** Drops a part of what nodes were told before an entry. @returns whether there may be more */
  dropTold(before: number): boolean {
    return this.#told.dropOlder(before);
  }

  /**
   * Does a part of the oldest erasure that can go on. Call it again until it is `done`, and after each new
   * result of a node.
   *
   * @throws SQLite's error; the part can be tried again
   */
  eraseSome(): EraserState {
    const row = this.#pending.get() as PendingRow | undefined;
    if (row === undefined) return 'done';
    if (row.done_index < row.before_index) {
      const erase = this.#db.transaction(() => this.#erasePart(row));
      overwriting(this.#db, () => erase.immediate());
      return 'more';
    }
    if (row.told_index < row.before_index) {
      this.#told.erasePart(row);
      return 'more';
    }
    if (this.#eraseExams(row) > 0) return 'more';
    if (!cutOffLog(this.#db)) return 'waiting';
    // Retention by age comes again, so it does not wait for newer results.
    if (this.#setBack.run(row.position).changes === 0) this.#finish.run(row.position);
    return 'more';
  }

  #erasePart(row: PendingRow): void {
    const { position, node_id: nodeId, before_index: before, done_index: done } = row;
    if (done === 0) this.#eraseSingles(nodeId, before);
    // Of an erasure that was set back, the message behind the result that was the newest is left.
    if (done === 0 || row.told_index >= before) this.#dropMessages.run(before, nodeId, nodeId);
    const rows = this.#batches.all(done, before) as BatchRow[];
    const newest = new Set(this.#newest.all() as number[]);
    for (const batch of rows) this.#eraseIn(batch, nodeId, before, newest);
    const last = rows.at(-1);
    const isLast = last === undefined || rows.length < BATCHES_AT_ONCE;
    this.#note.run(isLast ? before : last.first_index + 1, position);
  }

  #eraseIn(row: BatchRow, nodeId: NodeId | null, before: number, newest: ReadonlySet<number>): void {
    const { first_index: first, last_index: last } = row;
    const end = Math.min(last, before - 1);
    const of =
      nodeId === null ? undefined : new Set(this.#ofNode.all({ first, last: end, node: nodeId }) as number[]);
    if (of?.size === 0) return;
    const details = openBatch(this.#sealer, row);
    const kept = details.filter(
      ({ index }) => index > end || newest.has(index) || (of !== undefined && !of.has(index)),
    );
    if (kept.length === details.length) return;
    if (kept.length === 0) this.#drop.run(first);
    else this.#replace.run(sealBatch(this.#sealer, row, kept), first);
  }

  /** Exams that are closed. They come last, because they say which entries are about the node. */
  #eraseExams({ node_id: node, before_index: before }: PendingRow): number {
    let erased = 0;
    overwriting(this.#db, () => {
      erased = this.#dropExams.run({ node, before }).changes;
    });
    return erased;
  }

  /** Those of entries from before there were batches. */
  #eraseSingles(nodeId: NodeId | null, before: number): void {
    if (nodeId === null) this.#db.prepare('DELETE FROM log_details WHERE log_index < ?').run(before);
    else this.#db.prepare('DELETE FROM log_details WHERE log_index < ? AND node_id = ?').run(before, nodeId);
  }
}
