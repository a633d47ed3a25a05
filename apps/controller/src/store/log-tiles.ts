// The tiles of the log's tree. Full ones are stored with the entry that fills them; partial ones are
// computed.

import { fullTileRoot, type HashTile, leafHash, TILE_WIDTH, type WrittenTile } from '@mesh/audit';
import { platformSha256 } from '@mesh/host';
import { concatBytes, equalBytes } from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import { damagedLog } from './damaged-log.ts';
import { ENTRY, type MovedTiles, movedTilesOf } from './moved-tiles.ts';

const HASH_LENGTH_BYTES = 32;

export class LogTiles {
  readonly #db: Database;
  readonly #moved: MovedTiles;
  readonly #insert: Statement;
  readonly #find: Statement;
  readonly #last: Statement;
  readonly #entries: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#moved = movedTilesOf(db);
    this.#insert = db.prepare('INSERT INTO log_tiles (level, tile_index, hashes) VALUES (?, ?, ?)');
    this.#find = db.prepare('SELECT hashes FROM log_tiles WHERE level = ? AND tile_index = ?').pluck();
    this.#last = db.prepare('SELECT ifnull(max(tile_index), -1) FROM log_tiles WHERE level = ?').pluck();
    this.#entries = db
      .prepare(`SELECT ${ENTRY} FROM log_entries WHERE log_index >= ? ORDER BY log_index LIMIT ?`)
      .pluck();
  }

  /** How many full tiles of a level are stored, here or in the folder. */
  count(level: number): number {
    const here = (this.#last.get(level) as number) + 1;
    return level === 0 ? Math.max(here, this.#moved.count) : here;
  }

  /** Stores full tiles, in the caller's transaction, in the order in which they were filled. */
  write(tiles: readonly WrittenTile[]): void {
    for (const { level, index, bytes } of tiles) this.#insert.run(level, index, bytes);
  }

  /**
   * @returns undefined if it is not stored
   * @throws ControllerError `usage` if it has moved to the folder, and is not there as it was
   */
  full(level: number, index: number): Uint8Array | undefined {
    const hashes = this.#find.get(level, index) as Uint8Array | undefined;
    if (hashes !== undefined) return new Uint8Array(hashes);
    return level === 0 ? this.#moved.hashes(index) : undefined;
  }

  /** The bytes of consecutive entries, from a tile's first one on. */
  entries(index: number, width: number): Uint8Array[] {
    const found = this.#entries.all(index * TILE_WIDTH, width) as Uint8Array[];
    return found.map((entry) => new Uint8Array(entry));
  }

  /**
   * The same, for others: compared with the hashes that the tree has of them.
   *
   * @param leaves the hashes of a tile of level 0
   * @throws ControllerError `usage` if an entry is missing, or is another than the one that was logged
   */
  checkedEntries(index: number, leaves: Uint8Array): Uint8Array[] {
    const width = leaves.length / HASH_LENGTH_BYTES;
    const entries = this.entries(index, width);
    for (let at = 0; at < width; at++) {
      const entry = entries[at];
      const leaf = leaves.subarray(at * HASH_LENGTH_BYTES, (at + 1) * HASH_LENGTH_BYTES);
      if (entry === undefined || !equalBytes(leafHash(entry, platformSha256), leaf))
        throw damagedLog(
          this.#db,
          `has another entry ${index * TILE_WIDTH + at} than the one that was logged`,
        );
    }
    return entries;
  }

  /**
   * The bytes of any tile over committed entries. A partial one above level 0 costs 255 hashes for each of
   * its own: ask for it at a start, not for a request.
   *
   * @throws ControllerError `usage` if an entry or a full tile is missing
   */
  read({ level, index, width }: HashTile): Uint8Array {
    const stored = this.full(level, index);
    if (stored !== undefined) return stored.subarray(0, width * HASH_LENGTH_BYTES);
    const hashes = level === 0 ? this.#leaves(index, width) : this.#roots(level - 1, index, width);
    if (hashes.length < width) throw damagedLog(this.#db, `lacks a part of tile ${index} of level ${level}`);
    return concatBytes(...hashes);
  }

  #leaves(index: number, width: number): Uint8Array[] {
    return this.entries(index, width).map((entry) => leafHash(entry, platformSha256));
  }

  #roots(below: number, index: number, width: number): Uint8Array[] {
    return Array.from({ length: width }, (_, at) => this.#rootOf(below, index * TILE_WIDTH + at)).filter(
      (root) => root !== undefined,
    );
  }

  #rootOf(level: number, index: number): Uint8Array | undefined {
    const moved = level === 0 ? this.#moved.rootOf(index) : undefined;
    if (moved !== undefined) return moved;
    const tile = this.full(level, index);
    return tile && fullTileRoot(tile, platformSha256);
  }
}
