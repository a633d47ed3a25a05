// Which entries of the log the start compares rows with: all about policies, officers, API keys and signing
// keys, and all that change a node's status. So it finds them without reading the log.

import { STATUS_AFTER } from '@mesh/evidence';
import type { Database, Statement } from 'better-sqlite3';
import { ENTRY, movedTilesOf } from './moved-tiles.ts';
import { readEntry } from './verify/followed-entry.ts';

/** In `meta`, once the entries from before the table are noted. */
const NOTED = 'state_entries';

const OF_RECORDS = new Set([
  'policy_changed',
  'policy_applied',
  'officers_set',
  'request_signed',
  'request_authorised',
  'request_carried_out',
  'class_revoked',
  'class_released',
  'admin_key_created',
  'admin_key_expired',
  'config_key_prepared',
  'config_key_switched',
  'config_key_finished',
  'config_key_aborted',
  'log_key_prepared',
  'log_key_finished',
  'log_key_aborted',
]);

/** Whether the start compares rows with entries of this type. */
export const isStateEntry = (type: string): boolean =>
  OF_RECORDS.has(type) ||
  type === 'node_enrolled' ||
  type === 'node_deleted' ||
  STATUS_AFTER[type] !== undefined;

export class StateEntries {
  readonly #insert: Statement;

  constructor(db: Database) {
    this.#insert = db.prepare('INSERT OR IGNORE INTO state_entries (log_index, node_id) VALUES (?, ?)');
  }

  /** Call it with every entry, in its transaction. */
  note(type: string, index: number, nodeId: string | undefined): void {
    if (isStateEntry(type)) this.#insert.run(index, nodeId ?? null);
  }
}

/** Whether all entries from before the table are noted. */
export const areStateEntriesNoted = (db: Database): boolean =>
  db.prepare('SELECT 1 FROM meta WHERE key = ?').get(NOTED) !== undefined;

/** Notes the entries from before the table, once: it reads the whole log then. */
export function noteEarlierStateEntries(db: Database): void {
  if (areStateEntriesNoted(db)) return;
  movedTilesOf(db);
  const noted = new StateEntries(db);
  const all = db.prepare(
    `SELECT log_index AS logIndex, node_id AS nodeId, ${ENTRY} AS entry FROM log_entries
     WHERE log_index > ? AND previous_result IS NULL ORDER BY log_index LIMIT ?`,
  );
  db.transaction(() => {
    for (let after = -1; ; ) {
      const rows = all.all(after, ENTRIES_PER_READ) as {
        logIndex: number;
        nodeId: string | null;
        entry: Uint8Array;
      }[];
      for (const { logIndex, nodeId, entry } of rows)
        noted.note(readEntry(entry)?.type ?? '', logIndex, nodeId ?? undefined);
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.logIndex;
    }
    db.prepare('INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)').run(NOTED, 'noted');
  })();
}

/** How many entries are in memory at once. */
const ENTRIES_PER_READ = 1_024;
