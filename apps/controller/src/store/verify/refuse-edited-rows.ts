// Compares at the start what is small, or decides who is in, with the log: the rows of policies, officers,
// API keys and signing keys, and the status of every node. `mesh-controller verify` compares the other rows
// too.

import { leafHash, TILE_WIDTH } from '@mesh/audit';
import { STATUS_AFTER } from '@mesh/evidence';
import { platformSha256 } from '@mesh/host';
import { equalBytes } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import { ControllerError } from '../../errors/controller-error.ts';
import { damagedLog } from '../damaged-log.ts';
import type { LogTiles } from '../log-tiles.ts';
import { ENTRY, movedTilesOf } from '../moved-tiles.ts';
import { noteEarlierStateEntries } from '../state-entries.ts';
import { type FollowedEntry, readEntry } from './followed-entry.ts';
import { RecordsOfLog } from './records-of-log.ts';

const HASH_LENGTH_BYTES = 32;

interface EntryRow {
  readonly logIndex: number;
  readonly entry: Uint8Array;
}

interface StatusRow {
  readonly nodeId: string;
  readonly status: string;
  readonly isPending: number;
  /** Null: no entry about its status is noted. */
  readonly logIndex: number | null;
  readonly entry: Uint8Array | null;
}

/**
 * Reads the entries that are noted for it, and no others; in a database from before they were noted, it notes
 * them first.
 *
 * @throws ControllerError `usage` if a row is another than the log says, or an entry another than the one
 *   that was logged
 */
export function refuseEditedRows(db: Database, tiles: LogTiles): void {
  noteEarlierStateEntries(db);
  movedTilesOf(db);
  const read = entryReader(db, tiles);
  const [fault] = [...recordFaults(db, read), ...statusFaults(db, read)];
  if (fault !== undefined)
    throw new ControllerError(
      'usage',
      `${db.name}: ${fault}: somebody edited the row, or it is damaged; mesh-controller verify names everything that differs; restore a backup (docs/operations.md, Backup)`,
    );
}

type ReadRow = (row: EntryRow) => FollowedEntry;

function recordFaults(db: Database, read: ReadRow): string[] {
  const records = new RecordsOfLog();
  const rows = db.prepare(
    `SELECT log_index AS logIndex, ${ENTRY} AS entry FROM log_entries
     WHERE log_index IN (SELECT log_index FROM state_entries WHERE node_id IS NULL) ORDER BY log_index`,
  );
  for (const row of rows.all() as EntryRow[]) records.follow(read(row));
  return records.compare(db, false);
}

/** Compares each node with the newest entry about its status. */
function* statusFaults(db: Database, read: ReadRow): Generator<string> {
  const rows = db.prepare(
    `WITH newest AS MATERIALIZED (
       SELECT n.node_id AS nodeId, n.status, n.is_pending AS isPending,
         (SELECT max(s.log_index) FROM state_entries s WHERE s.node_id = n.node_id) AS noted FROM nodes n
     )
     SELECT nodeId, status, isPending, log_index AS logIndex, iif(log_index IS NULL, NULL, ${ENTRY}) AS entry
     FROM newest LEFT JOIN log_entries ON log_index = noted ORDER BY noted`,
  );
  for (const { nodeId, status, isPending, logIndex, entry } of rows.iterate() as Iterable<StatusRow>) {
    const newest = logIndex === null || entry === null ? undefined : read({ logIndex, entry });
    if (newest === undefined || newest.node_id !== nodeId || newest.type === 'node_deleted')
      yield `node ${nodeId}: no entry of the log enrols it`;
    else if (statusBy(newest) !== (isPending === 1 ? 'pending' : status))
      yield `node ${nodeId}: its row has another status than the log says`;
  }
}

function statusBy({ type, data }: FollowedEntry): string | undefined {
  if (type === 'node_enrolled') return data.needs_approval === true ? 'pending' : 'active';
  return STATUS_AFTER[type];
}

/**
 * Compares each entry with the hash in its full tile; the start has hashed those behind the last full one.
 */
function entryReader(db: Database, tiles: LogTiles): ReadRow {
  let tile: { readonly index: number; readonly hashes: Uint8Array | undefined } | undefined;
  return ({ logIndex, entry }) => {
    const index = Math.floor(logIndex / TILE_WIDTH);
    if (tile?.index !== index) tile = { index, hashes: tiles.full(0, index) };
    const from = (logIndex % TILE_WIDTH) * HASH_LENGTH_BYTES;
    const leaf = tile.hashes?.subarray(from, from + HASH_LENGTH_BYTES);
    const followed = readEntry(entry);
    if (
      followed?.index !== logIndex ||
      (leaf !== undefined && !equalBytes(leafHash(new Uint8Array(entry), platformSha256), leaf))
    )
      throw damagedLog(db, `has another entry ${logIndex} than the one that was logged`);
    return followed;
  };
}
