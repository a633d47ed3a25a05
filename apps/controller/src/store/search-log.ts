// Searches the log for people. A search looks at a bounded number of entries and says where to go on.

import { formatRfc3339, type NodeId } from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import { ENTRY, movedTilesOf } from './moved-tiles.ts';
import type { LogReader, LogRow } from './read-log.ts';

/** How many entries one search looks at: some milliseconds. */
const MOST_SEARCHED = 4_000;

export interface LogSearchQuery {
  /** The first index that is looked at. */
  readonly from: number;
  readonly limit: number;
  readonly nodeId?: NodeId | undefined;
  readonly type?: string | undefined;
  /** Only entries that were written then or later, by the clock of then. */
  readonly sinceMs?: number | undefined;
}

export interface FoundEntries {
  readonly rows: readonly LogRow[];
  /** The index at which to go on. All before it has been looked at. */
  readonly next: number;
}

export class LogSearch {
  readonly #reader: LogReader;
  readonly #find: Statement;
  readonly #size: Statement;
  readonly #mostSearched: number;

  constructor(db: Database, reader: LogReader, mostSearched = MOST_SEARCHED) {
    this.#reader = reader;
    movedTilesOf(db);
    this.#mostSearched = mostSearched;
    this.#find = db
      .prepare(
        `SELECT log_index FROM log_entries
         WHERE log_index >= @from AND log_index < @until
           AND (@node IS NULL OR node_id = @node)
           AND (@type IS NULL OR json_extract(CAST(${ENTRY} AS TEXT), '$.type') = @type)
           AND (@since IS NULL OR json_extract(CAST(${ENTRY} AS TEXT), '$.at') >= @since)
         ORDER BY log_index LIMIT @limit`,
      )
      .pluck();
    this.#size = db.prepare('SELECT ifnull(max(log_index), -1) + 1 FROM log_entries').pluck();
  }

  /** Finds entries in the order of the log. */
  find({ from, limit, nodeId, type, sinceMs }: LogSearchQuery): FoundEntries {
    const size = this.#size.get() as number;
    const until = Math.min(size, from + this.#mostSearched);
    const found = this.#find.all({
      from,
      until,
      limit,
      node: nodeId ?? null,
      type: type ?? null,
      since: sinceMs === undefined ? null : formatRfc3339(sinceMs),
    }) as number[];
    const next = found.length === limit ? (found.at(-1) ?? from - 1) + 1 : Math.max(from, until);
    return { rows: this.#reader.readAt(found), next };
  }
}
