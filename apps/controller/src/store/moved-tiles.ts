// Reads what has moved from the database to the folder of the published log: full tiles of level 0, and their
// entries. Whatever is read there is compared with the root that the database keeps of each tile.
//
// Statements that read entries do it with `ENTRY`, on a connection that `movedTilesOf` knows.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  AuditError,
  fullTileRoot,
  leafHash,
  parseEntryBundle,
  renderTilePath,
  TILE_WIDTH,
} from '@mesh/audit';
import { errorCodeOf, platformSha256 } from '@mesh/host';
import { concatBytes, equalBytes } from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import { ControllerError } from '../errors/controller-error.ts';

/** An SQL expression: the bytes of an entry of `log_entries`, wherever they are. */
export const ENTRY = `iif(length(entry) > 0, entry, moved_entry(log_index,
  (SELECT root FROM moved_tiles WHERE tile_index = log_index / ${TILE_WIDTH})))`;

const TILE_LENGTH_BYTES = TILE_WIDTH * 32;

/** In `meta`: of how many bundles of entries the length is kept, and what they have in all. */
const MEASURED = 'moved_bundles';

/** How many files are asked for their length at once: some milliseconds. */
const MEASURED_AT_ONCE = 1_024;

export interface MovedSize {
  readonly tiles: number;
  /** Of the files of these tiles and of their entries. */
  readonly bytes: number;
  readonly folder: string;
}

/** Of how many bundles of entries the length is known, and what they have in all. */
interface Measured {
  readonly bundles: number;
  readonly bytes: number;
}

export class MovedTiles {
  readonly #root: Statement;
  readonly #count: Statement;
  /** Undefined: no setting names it. */
  folder: string | undefined;
  /** The last bundle that was read: entries are often read in order. */
  #last: { readonly index: number; readonly entries: readonly Uint8Array[] } | undefined;
  readonly #put: Statement;
  #measured: Measured;

  constructor(db: Database) {
    this.#root = db.prepare('SELECT root FROM moved_tiles WHERE tile_index = ?').pluck();
    this.#count = db.prepare('SELECT ifnull(max(tile_index), -1) + 1 FROM moved_tiles').pluck();
    this.#put = db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
    const kept = db.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(MEASURED);
    const [bundles = 0, bytes = 0] = String(kept ?? '0 0')
      .split(' ')
      .map(Number);
    this.#measured = { bundles, bytes };
  }

  /**
   * Keeps the length of a bundle that moves, so that no start has to ask for it; call it in the transaction.
   * Where lengths of earlier ones are not known yet, it keeps nothing.
   *
   * @returns call it when the transaction is committed
   */
  keepLength(index: number, lengthBytes: number): () => void {
    const { bundles, bytes } = this.#measured;
    if (bundles !== index) return () => undefined;
    const measured = { bundles: bundles + 1, bytes: bytes + lengthBytes };
    this.#put.run(MEASURED, `${measured.bundles} ${measured.bytes}`);
    return () => {
      this.#measured = measured;
    };
  }

  /** How many tiles have moved: the first ones. */
  get count(): number {
    return this.#count.get() as number;
  }

  /**
   * How much has moved, in whole bytes; undefined if nothing has. Where lengths were not kept when tiles
   * moved (versions before did not), each call asks for those of some more files, and takes the mean of those
   * that it knows for the others.
   */
  size(): MovedSize | undefined {
    const { count: tiles, folder } = this;
    if (tiles === 0 || folder === undefined) return undefined;
    let { bundles, bytes } = this.#measured;
    for (const until = Math.min(tiles, bundles + MEASURED_AT_ONCE); bundles < until; bundles++) {
      const path = renderTilePath({ level: 'entries', index: bundles, width: TILE_WIDTH });
      bytes += statSync(join(folder, path), { throwIfNoEntry: false })?.size ?? 0;
    }
    this.#measured = { bundles, bytes };
    return { tiles, bytes: tiles * TILE_LENGTH_BYTES + Math.round((bytes * tiles) / bundles), folder };
  }

  /**
   * Looks at the newest of them.
   * @throws ControllerError `usage` if no folder is named, or if it is not there as it was
   */
  check(): void {
    const { count } = this;
    if (count === 0) return;
    this.hashes(count - 1);
    this.#entries(count - 1, this.rootOf(count - 1));
  }

  /** The root of a tile, 32 bytes; undefined if it has not moved. */
  rootOf(index: number): Uint8Array | undefined {
    const root = this.#root.get(index) as Uint8Array | undefined;
    return root && new Uint8Array(root);
  }

  /**
   * The hashes of a tile; undefined if it has not moved.
   * @throws ControllerError `usage` if its file is not there, or was changed
   */
  hashes(index: number): Uint8Array | undefined {
    const root = this.rootOf(index);
    if (root === undefined) return undefined;
    const path = renderTilePath({ level: 0, index, width: TILE_WIDTH });
    const bytes = this.#read(path);
    if (bytes.length !== TILE_LENGTH_BYTES || !equalBytes(fullTileRoot(bytes, platformSha256), root))
      throw this.#unfit(path, 'is not the tile that has moved there');
    return bytes;
  }

  /** The entries of a tile that has moved. @param root of the tile @throws as `hashes` */
  #entries(index: number, root: Uint8Array | undefined): readonly Uint8Array[] {
    const path = renderTilePath({ level: 'entries', index, width: TILE_WIDTH });
    const entries = bundleIn(this.#read(path)) ?? [];
    const leaves = concatBytes(...entries.map((entry) => leafHash(entry, platformSha256)));
    if (
      root === undefined ||
      entries.length !== TILE_WIDTH ||
      !equalBytes(fullTileRoot(leaves, platformSha256), root)
    )
      throw this.#unfit(path, 'does not hold the entries that have moved there');
    return entries;
  }

  /**
   * One entry of a tile that has moved. It asks the database for nothing, because a statement that runs asks
   * for it.
   * @param root of the tile
   * @throws as `hashes`
   */
  entry(logIndex: number, root: Uint8Array): Uint8Array {
    const index = Math.floor(logIndex / TILE_WIDTH);
    if (this.#last?.index !== index) this.#last = { index, entries: this.#entries(index, root) };
    return this.#last.entries[logIndex % TILE_WIDTH] as Uint8Array;
  }

  #read(path: string): Uint8Array {
    if (this.folder === undefined)
      throw new ControllerError(
        'usage',
        'old entries of the log have moved to the folder of the published log: set log.folder to it',
      );
    try {
      return new Uint8Array(readFileSync(join(this.folder, path)));
    } catch (error) {
      throw this.#unfit(path, `cannot be read (${errorCodeOf(error) ?? 'unknown'})`, { cause: error });
    }
  }

  #unfit(path: string, why: string, options?: ErrorOptions): ControllerError {
    return new ControllerError(
      'usage',
      `${join(this.folder ?? '', path)} ${why}: put it back from a copy of the folder, or from a server of the log`,
      options,
    );
  }
}

function bundleIn(bytes: Uint8Array): Uint8Array[] | undefined {
  try {
    return parseEntryBundle(bytes, TILE_WIDTH);
  } catch (error) {
    if (error instanceof AuditError) return undefined;
    throw error;
  }
}

const known = new WeakMap<Database, MovedTiles>();

/**
 * What has moved from a database, by its connection. From the first call on, its statements can have `ENTRY`.
 */
export function movedTilesOf(db: Database): MovedTiles {
  const found = known.get(db);
  if (found !== undefined) return found;
  const moved = new MovedTiles(db);
  known.set(db, moved);
  db.function('moved_entry', { directOnly: true }, (index, root) =>
    Buffer.from(moved.entry(Number(index), new Uint8Array(root as Uint8Array))),
  );
  return moved;
}

/**
 * Names the folder to a connection, before anything of the log is read with it. A database of an earlier
 * version has moved nothing.
 */
export function nameLogFolder(db: Database, folder: string | undefined): void {
  const table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'moved_tiles'";
  if (db.prepare(table).get() !== undefined) movedTilesOf(db).folder = folder;
}
