// Reads the log for people and for the start.

import { parseEntry } from '@mesh/audit';
import type { LifeSign } from '@mesh/membership';
import { defined, type JsonValue, type NodeId, parseStrictJson } from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import { SealedFor, type Sealer } from '../trust/at-rest-sealer.ts';
import { damagedLog } from './damaged-log.ts';
import { ENTRY, movedTilesOf } from './moved-tiles.ts';
import { DetailsReader, type EntryDetails } from './sealed-details.ts';

/** The purpose under which the details of a single entry were sealed, before there were batches. */
const PURPOSE = SealedFor.details;

function readEntry(db: Database, entry: Uint8Array): ReturnType<typeof parseEntry> {
  try {
    return parseEntry(new Uint8Array(entry));
  } catch (error) {
    throw damagedLog(
      db,
      `holds an entry that cannot be read (${error instanceof Error ? error.message : 'unknown'})`,
    );
  }
}

/** When each entry was written, newest first, and which entries record the start of a process. */
export function* lifeSigns(db: Database): Iterable<LifeSign> {
  movedTilesOf(db);
  const rows = db.prepare(`SELECT ${ENTRY} AS entry FROM log_entries ORDER BY log_index DESC`);
  for (const { entry } of rows.iterate() as Iterable<{ entry: Uint8Array }>) {
    const { atMs, type } = readEntry(db, entry);
    yield { atMs, isStart: type === 'controller_started' };
  }
}

export interface LogRow {
  readonly index: number;
  readonly entry: { readonly [name: string]: JsonValue };
  /** Absent if the entry has no details or they were erased. */
  readonly details?: JsonValue;
}

/** An entry with everything that shows what it commits to. */
export interface OpenedRow {
  readonly index: number;
  /** The entry's canonical text. */
  readonly text: string;
  /** Absent if the entry has no details or they were erased. */
  readonly opened?: { readonly salt: string; readonly details: JsonValue };
  /** Of a decision: the signed body that it rests on, if it was at hand. Of an examiner's result: its own. */
  readonly message?: string;
}

export type LogQuery =
  | { readonly from: number; readonly limit: number }
  | { readonly nodeId: NodeId; readonly limit: number };

interface EntryRow {
  readonly log_index: number;
  readonly entry: Uint8Array;
  readonly sealed: Uint8Array | null;
}

const SELECT = `SELECT e.log_index, ${ENTRY} AS entry, d.sealed
  FROM log_entries e LEFT JOIN log_details d USING (log_index)`;

export class LogReader {
  readonly #sealer: Sealer;
  readonly #details: DetailsReader;
  readonly #range: Statement;
  readonly #one: Statement;
  readonly #indexed: Statement;
  readonly #newestResult: Statement;
  readonly #previousResult: Statement;

  constructor(db: Database, sealer: Sealer) {
    this.#sealer = sealer;
    movedTilesOf(db);
    this.#details = new DetailsReader(db, sealer);
    this.#range = db.prepare(`${SELECT} WHERE e.log_index >= ? ORDER BY e.log_index LIMIT ?`);
    this.#one = db.prepare(`${SELECT} WHERE e.log_index = ?`);
    this.#indexed = db
      .prepare(
        `SELECT log_index FROM log_entries WHERE node_id = ? AND previous_result IS NULL
         ORDER BY log_index DESC LIMIT ?`,
      )
      .pluck();
    this.#newestResult = db.prepare('SELECT latest_index FROM node_results WHERE node_id = ?').pluck();
    this.#previousResult = db.prepare('SELECT previous_result FROM log_entries WHERE log_index = ?').pluck();
  }

  /**
   * Reads entries in the order of the log: the last `limit` entries of a node, or the `limit` entries from
   * index `from` on.
   */
  read(query: LogQuery): LogRow[] {
    if ('nodeId' in query) return this.readAt(this.#indicesOf(query.nodeId, query.limit));
    const rows = this.#range.all(query.from, query.limit) as EntryRow[];
    this.#details.forget();
    return rows.map((row) => this.#toLogRow(row));
  }

  /** Reads the entries with these indices, in their order. */
  readAt(indices: readonly number[]): LogRow[] {
    this.#details.forget();
    return indices.map((index) => this.#toLogRow(this.#one.get(index) as EntryRow));
  }

  /** Reads one entry, and opens what it commits to. @returns undefined if there is none */
  open(index: number): OpenedRow | undefined {
    this.#details.forget();
    const row = this.#one.get(index) as EntryRow | undefined;
    if (row === undefined) return undefined;
    const text = Buffer.from(row.entry).toString();
    const found = row.sealed === null ? this.#details.find(index) : this.#openOne(index, row.sealed);
    if (found === undefined) return { index, text };
    const { salt, details, message } = found;
    return { index, text, opened: { salt, details }, ...defined({ message }) };
  }

  /** The last entries of a node: its benchmarks are chained, its other entries are in an index. */
  #indicesOf(nodeId: NodeId, limit: number): number[] {
    const indices = this.#indexed.all(nodeId, limit) as number[];
    let result = this.#newestResult.get(nodeId) as number | null | undefined;
    for (let left = limit; left > 0 && typeof result === 'number' && result >= 0; left--) {
      indices.push(result);
      result = this.#previousResult.get(result) as number | null | undefined;
    }
    return indices.sort((one, other) => one - other).slice(-limit);
  }

  #toLogRow({ log_index: index, entry: bytes, sealed }: EntryRow): LogRow {
    const entry = parseStrictJson(Buffer.from(bytes).toString()) as LogRow['entry'];
    const found = sealed === null ? this.#details.find(index) : this.#openOne(index, sealed);
    const details = found?.details;
    return details === undefined ? { index, entry } : { index, entry, details };
  }

  #openOne(index: number, sealed: Uint8Array): Omit<EntryDetails, 'index'> {
    const opened = Buffer.from(this.#sealer.open(PURPOSE, String(index), sealed)).toString();
    return parseStrictJson(opened) as unknown as Omit<EntryDetails, 'index'>;
  }
}
