// Computes the log's tree from its entries, and compares it with what is known of it: the stored tiles, the
// heads that were signed, and heads that were seen elsewhere.

import { leafHash, TILE_WIDTH, TileEdge, type WrittenTile } from '@mesh/audit';
import { platformSha256 } from '@mesh/host';
import { encodeBase64 } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import { ENTRY, movedTilesOf } from './moved-tiles.ts';

const HASH_LENGTH_BYTES = 32;

/** A head of the log: its size in entries, and the base64 of its RFC 6962 root. */
export interface KnownHead {
  readonly size: number;
  readonly rootHash: string;
  /** Where it was seen, for messages. */
  readonly source: string;
}

export interface CheckedTree {
  /** In entries. */
  readonly size: number;
  /** RFC 6962 root, base64. */
  readonly rootHash: string;
  /** What does not fit, one phrase each; empty if the log is as it was written. */
  readonly faults: readonly string[];
  /** The known heads that are of a longer log than this one. */
  readonly ahead: readonly KnownHead[];
}

export interface CheckTreeOptions {
  readonly known?: readonly KnownHead[];
  /** Called with each entry in order, before it is hashed. */
  readonly onEntry?: (index: number, entry: Uint8Array, nodeId: string | null) => void;
}

/** How many faults are named. One damaged page may hold hundreds of entries. */
const MOST_FAULTS = 100;

/**
 * Reads the whole log once, in the order of its entries.
 *
 * @throws SQLite's error if a page cannot be read
 */
export function checkTree(db: Database, { known = [], onEntry }: CheckTreeOptions = {}): CheckedTree {
  const faults: string[] = [];
  const fault = (text: string): void => void (faults.length < MOST_FAULTS && faults.push(text));
  const edge = new TileEdge(platformSha256);
  const tiles = tilesOf(db);
  const heads = new Map<number, KnownHead[]>();
  const signed = signedHeads(db);
  for (const head of [...known, ...signed]) heads.set(head.size, [...(heads.get(head.size) ?? []), head]);
  const compareHeads = (): void => {
    for (const head of heads.get(edge.size) ?? [])
      if (head.rootHash !== encodeBase64(edge.root()))
        fault(`its first ${edge.size} entries have another root than ${head.source}`);
  };
  compareHeads();
  const rows = db.prepare(
    `SELECT log_index, node_id, ${hasTable(db, 'moved_tiles') ? entryOf(db) : 'entry'} AS entry
     FROM log_entries ORDER BY log_index`,
  );
  for (const row of rows.iterate() as Iterable<{
    log_index: number;
    node_id: string | null;
    entry: Uint8Array;
  }>) {
    if (row.log_index !== edge.size) {
      fault(`entry ${edge.size} is missing: the next one is ${row.log_index}`);
      break;
    }
    onEntry?.(row.log_index, row.entry, row.node_id);
    for (const tile of edge.append(leafHash(row.entry, platformSha256))) tiles.compare(tile, fault);
    compareHeads();
  }
  const { size } = edge;
  if (tiles.fullLeaves() > size)
    fault(`it ends at ${size} entries where it had at least ${tiles.fullLeaves()}`);
  for (const head of signed)
    if (head.size > size) fault(`it ends at ${size} entries, and ${head.source} covers ${head.size}`);
  return {
    size,
    rootHash: encodeBase64(edge.root()),
    faults,
    ahead: known.filter((head) => head.size > size),
  };
}

/** A database from before there were tiles has no tiles and no signed heads. */
const hasTable = (db: Database, name: string): boolean =>
  db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined;

/** The expression of an entry, on a connection that can read what has moved. */
function entryOf(db: Database): string {
  movedTilesOf(db);
  return ENTRY;
}

function tilesOf(db: Database) {
  if (!hasTable(db, 'log_tiles')) return { compare: () => {}, fullLeaves: () => 0 };
  const moved = hasTable(db, 'moved_tiles') ? movedTilesOf(db) : undefined;
  const find = db.prepare('SELECT hashes FROM log_tiles WHERE level = ? AND tile_index = ?').pluck();
  const count = db.prepare('SELECT ifnull(max(tile_index), -1) + 1 FROM log_tiles WHERE level = 0').pluck();
  let entriesDiffer = false;
  return {
    /** A tile that is not stored is of entries from before tiles were, and is made at the next start. */
    compare: ({ level, index, bytes }: WrittenTile, fault: (text: string) => void): void => {
      // The entries were compared with the root of a tile that has moved.
      const stored = (find.get(level, index) ?? (level === 0 ? moved?.hashes(index) : undefined)) as
        | Uint8Array
        | undefined;
      if (stored === undefined || Buffer.compare(stored, bytes) === 0) return;
      if (level > 0) {
        // What is above a changed entry differs with it.
        if (!entriesDiffer) fault(`tile ${index} of level ${level} is not that of the tiles below it`);
        return;
      }
      entriesDiffer = true;
      for (let at = 0; at < TILE_WIDTH; at++) {
        const [from, to] = [at * HASH_LENGTH_BYTES, (at + 1) * HASH_LENGTH_BYTES];
        if (Buffer.compare(stored.subarray(from, to), bytes.subarray(from, to)) !== 0)
          fault(`entry ${index * TILE_WIDTH + at} is not the one that was logged`);
      }
    },
    fullLeaves: () => Math.max(count.get() as number, moved?.count ?? 0) * TILE_WIDTH,
  };
}

function signedHeads(db: Database): KnownHead[] {
  if (!hasTable(db, 'log_heads')) return [];
  const rows = db.prepare('SELECT size, root FROM log_heads ORDER BY size').all() as {
    size: number;
    root: Uint8Array;
  }[];
  return rows.map(({ size, root }) => ({
    size,
    rootHash: encodeBase64(new Uint8Array(root)),
    source: 'a head that was signed',
  }));
}
