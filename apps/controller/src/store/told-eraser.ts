// Erases what nodes were told, piece by piece: that of one node, or all that is old enough.

import type { NodeId } from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import type { Sealer } from '../trust/at-rest-sealer.ts';
import { overwriting } from './overwriting.ts';
import { type ToldRow, withoutNode } from './told-rows.ts';

/** What a few milliseconds are enough for. */
const ROWS_AT_ONCE = 16;

/** A row of `erasures`. */
interface Pending {
  readonly position: number;
  readonly node_id: NodeId | null;
  readonly before_index: number;
  readonly told_index: number;
}

export class ToldEraser {
  readonly #db: Database;
  readonly #sealer: Sealer;
  readonly #ofNode: Statement;
  readonly #oldest: Statement;
  readonly #replace: Statement;
  readonly #drop: Statement;
  readonly #note: Statement;

  constructor(db: Database, sealer: Sealer) {
    this.#db = db;
    this.#sealer = sealer;
    this.#ofNode = db.prepare(
      `SELECT log_index, epoch_id, sealed FROM configs_told
       WHERE log_index >= ? AND log_index < ? AND first_node <= ? AND last_node >= ?
       ORDER BY log_index LIMIT ${ROWS_AT_ONCE}`,
    );
    this.#oldest = db
      .prepare(
        `SELECT log_index FROM configs_told WHERE log_index < ? ORDER BY log_index LIMIT ${ROWS_AT_ONCE}`,
      )
      .pluck();
    this.#replace = db.prepare('UPDATE configs_told SET sealed = ? WHERE log_index = ?');
    this.#drop = db.prepare('DELETE FROM configs_told WHERE log_index = ?');
    this.#note = db.prepare('UPDATE erasures SET told_index = ? WHERE position = ?');
  }

  /** Does a part of an erasure, and notes how far it is. @throws SQLite's error; it can be tried again */
  erasePart({ position, node_id: nodeId, before_index: before, told_index: from }: Pending): void {
    const erase = this.#db.transaction(() => {
      const next = nodeId === null ? this.#dropSome(before) : this.#eraseSome(nodeId, from, before);
      this.#note.run(next, position);
    });
    overwriting(this.#db, () => erase.immediate());
  }

  /**
   * Drops some of what entries before this one say.
   * @returns whether there may be more. @throws SQLite's error; it can be tried again
   */
  dropOlder(before: number): boolean {
    const drop = this.#db.transaction(() => this.#dropSome(before));
    return overwriting(this.#db, () => drop.immediate()) < before;
  }

  /** @returns where to go on; `before` at the end */
  #dropSome(before: number): number {
    const rows = this.#oldest.all(before) as number[];
    for (const index of rows) this.#drop.run(index);
    return rows.length < ROWS_AT_ONCE ? before : (rows.at(-1) as number) + 1;
  }

  #eraseSome(nodeId: NodeId, from: number, before: number): number {
    const rows = this.#ofNode.all(from, before, nodeId, nodeId) as ToldRow[];
    for (const row of rows) {
      const left = withoutNode(this.#sealer, row, nodeId);
      if (left !== undefined) this.#replace.run(left, row.log_index);
    }
    const last = rows.at(-1);
    return last === undefined || rows.length < ROWS_AT_ONCE ? before : last.log_index + 1;
  }
}
