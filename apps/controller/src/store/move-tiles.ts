// Moves the oldest tile and its entries out of the database. The folder of the published log has had both
// since a head covered them. They are compared and synced before the rows go, so whatever interrupts this,
// every entry is in one of the two places.

import { closeSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fullTileRoot, renderEntryBundle, renderTilePath, TILE_WIDTH, type Tile } from '@mesh/audit';
import { errorCodeOf, platformSha256, syncNameOfSync } from '@mesh/host';
import { equalBytes } from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import { ControllerError } from '../errors/controller-error.ts';
import { LogTiles } from './log-tiles.ts';
import { movedTilesOf } from './moved-tiles.ts';

export class TileMover {
  readonly #db: Database;
  readonly #tiles: LogTiles;
  readonly #note: Statement;
  readonly #dropTile: Statement;
  readonly #dropEntries: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#tiles = new LogTiles(db);
    this.#note = db.prepare('INSERT INTO moved_tiles (tile_index, root) VALUES (?, ?)');
    this.#dropTile = db.prepare('DELETE FROM log_tiles WHERE level = 0 AND tile_index = ?');
    this.#dropEntries = db.prepare(
      "UPDATE log_entries SET entry = x'' WHERE log_index >= ? AND log_index < ?",
    );
  }

  /**
   * Moves the next tile, if all of its entries stand before an index.
   *
   * @param before the index: only what the folder's checkpoint covers may stand before it
   * @returns whether one was moved
   * @throws ControllerError `usage` if the folder lacks the tile, or has another; the system's or SQLite's
   *   error. Nothing has moved then
   */
  moveNext(folder: string, before: number): boolean {
    const moved = movedTilesOf(this.#db);
    const index = moved.count;
    if ((index + 1) * TILE_WIDTH > before) return false;
    const hashes = this.#tiles.full(0, index);
    if (hashes === undefined) return false;
    const entries = renderEntryBundle(this.#tiles.entries(index, TILE_WIDTH));
    for (const [level, bytes] of [
      [0, hashes],
      ['entries', entries],
    ] as const)
      settle(folder, { level, index, width: TILE_WIDTH }, bytes);
    const commit = this.#db
      .transaction(() => {
        this.#note.run(index, fullTileRoot(hashes, platformSha256));
        this.#dropTile.run(index);
        this.#dropEntries.run(index * TILE_WIDTH, (index + 1) * TILE_WIDTH);
        return moved.keepLength(index, entries.length);
      })
      .immediate();
    commit();
    return true;
  }
}

/** Makes sure that a file of the folder has these bytes, and that it and its names are on disk. */
function settle(folder: string, tile: Tile, bytes: Uint8Array): void {
  const file = join(folder, renderTilePath(tile));
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (cause) {
    const code = errorCodeOf(cause) ?? 'unknown';
    throw new ControllerError('usage', `${file} cannot be read (${code}): nothing is moved to the folder`, {
      cause,
    });
  }
  try {
    if (!equalBytes(new Uint8Array(readFileSync(fd)), bytes))
      throw new ControllerError('usage', `${file} is not a tile of this log: nothing is moved to the folder`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  for (let path = file; path !== folder && path !== dirname(path); path = dirname(path)) syncNameOfSync(path);
}
