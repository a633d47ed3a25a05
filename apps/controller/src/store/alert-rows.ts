// What is remembered of alerts: how far each receiver has been told, and findings that are no entries of the
// log.

import type { Database, Statement } from 'better-sqlite3';
import { ENTRY, movedTilesOf } from './moved-tiles.ts';

/** How far a receiver has been told. */
export interface AlertPlace {
  /** Of the first entry that it may still have to be told of. */
  readonly nextIndex: number;
  /** The last finding that it was told of; 0: none. */
  readonly lastFinding: number;
  /** How many alerts were dropped. */
  readonly dropped: number;
}

export interface FindingRow {
  /** Counted from 1. */
  readonly finding: number;
  readonly logSize: number;
  readonly content: string;
}

export interface EntryRow {
  readonly index: number;
  /** The entry's canonical text. */
  readonly text: string;
}

interface PlaceRow {
  readonly name: string;
  readonly next_index: number;
  readonly last_finding: number;
  readonly dropped: number;
}

/** Every method throws the error of SQLite. What is written is on disk when a method returns. */
export class AlertRows {
  readonly #db: Database;
  readonly #entry: Statement;
  readonly #entries: Statement;
  readonly #keepPlace: Statement;
  readonly #keepFinding: Statement;

  constructor(db: Database) {
    movedTilesOf(db);
    this.#db = db;
    this.#entry = db.prepare(`SELECT ${ENTRY} FROM log_entries WHERE log_index = ?`).pluck();
    // Results of benchmarks are most of the log, and have this column.
    this.#entries = db.prepare(
      `SELECT log_index, ${ENTRY} AS entry FROM log_entries
       WHERE log_index >= ? AND log_index < ? AND previous_result IS NULL ORDER BY log_index`,
    );
    this.#keepPlace = db.prepare(
      'INSERT OR REPLACE INTO alert_receivers (name, next_index, last_finding, dropped) VALUES (?, ?, ?, ?)',
    );
    this.#keepFinding = db.prepare(
      'INSERT OR REPLACE INTO alert_findings (finding, log_size, content) VALUES (?, ?, ?)',
    );
  }

  entry(index: number): string {
    return Buffer.from(this.#entry.get(index) as Uint8Array).toString();
  }

  /** The entries from one index on to before another, without results of benchmarks. */
  *entries(from: number, before: number): Iterable<EntryRow> {
    for (const row of this.#entries.all(from, before) as { log_index: number; entry: Uint8Array }[])
      yield { index: row.log_index, text: Buffer.from(row.entry).toString() };
  }

  places(): Map<string, AlertPlace> {
    const rows = this.#db.prepare('SELECT * FROM alert_receivers').all() as PlaceRow[];
    return new Map(
      rows.map((row) => [
        row.name,
        { nextIndex: row.next_index, lastFinding: row.last_finding, dropped: row.dropped },
      ]),
    );
  }

  /** In the order of their numbers. */
  findings(): FindingRow[] {
    return this.#db
      .prepare('SELECT finding, log_size AS logSize, content FROM alert_findings ORDER BY finding')
      .all() as FindingRow[];
  }

  /** Keeps the places of these receivers, and no others. */
  keepPlaces(places: ReadonlyMap<string, AlertPlace>): void {
    this.#db.transaction(() => {
      this.#db.prepare('DELETE FROM alert_receivers').run();
      for (const [name, { nextIndex, lastFinding, dropped }] of places)
        this.#keepPlace.run(name, nextIndex, lastFinding, dropped);
    })();
  }

  keepFinding({ finding, logSize, content }: FindingRow): void {
    this.#keepFinding.run(finding, logSize, content);
  }

  dropFindings(findings: readonly number[]): void {
    const drop = this.#db.prepare('DELETE FROM alert_findings WHERE finding = ?');
    this.#db.transaction(() => {
      for (const finding of findings) drop.run(finding);
    })();
  }
}
