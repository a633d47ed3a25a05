// Finds entries of the log by their time.

import { parseEntry } from '@mesh/audit';
import type { Database } from 'better-sqlite3';
import { ENTRY, movedTilesOf } from './moved-tiles.ts';

/**
 * The index of the first entry from `atMs` on; the log's size if all are older. Entries stand in the order of
 * their times but for steps of the clock, so the search halves.
 */
export function firstEntryFrom(db: Database, atMs: number): number {
  movedTilesOf(db);
  const read = db.prepare(`SELECT ${ENTRY} FROM log_entries WHERE log_index = ?`).pluck();
  let [low, high] = [
    0,
    db.prepare('SELECT ifnull(max(log_index), -1) + 1 FROM log_entries').pluck().get() as number,
  ];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (parseEntry(new Uint8Array(read.get(middle) as Uint8Array)).atMs < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
