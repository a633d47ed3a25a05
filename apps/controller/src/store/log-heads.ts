// The heads of the log that were signed. Each is stored before it is published, so that no later start signs
// another log than the one that somebody has seen.

import { rootFromTiles, TileEdge } from '@mesh/audit';
import { platformSha256 } from '@mesh/host';
import { equalBytes } from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import { damagedLog } from './damaged-log.ts';
import { LogTiles } from './log-tiles.ts';

export interface StoredHead {
  /** How many entries it covers. */
  readonly size: number;
  /** RFC 6962 root over them, 32 bytes. */
  readonly root: Uint8Array;
  readonly signedAtMs: number;
}

export class LogHeads {
  readonly #insert: Statement;
  readonly #last: Statement;

  constructor(db: Database) {
    this.#insert = db.prepare('INSERT INTO log_heads (size, root, signed_at_ms) VALUES (?, ?, ?)');
    this.#last = db.prepare(
      'SELECT size, root, signed_at_ms AS signedAtMs FROM log_heads ORDER BY size DESC LIMIT 1',
    );
  }

  last(): StoredHead | undefined {
    const head = this.#last.get() as StoredHead | undefined;
    return head && { ...head, root: new Uint8Array(head.root) };
  }

  /**
   * Stores a head that covers more than the last one. It is on disk when this returns.
   * @throws the error of SQLite
   */
  append({ size, root, signedAtMs }: StoredHead): void {
    this.#insert.run(size, root, signedAtMs);
  }
}

/**
 * The edge of the tree at a head.
 *
 * @param what names the head in an error, such as `the last signed head`
 * @param size of the log
 * @throws ControllerError `usage` if the log does not contain what the head covers
 */
export function edgeAtHead(
  db: Database,
  tiles: LogTiles,
  head: Pick<StoredHead, 'size' | 'root'>,
  size: number,
  what: string,
): TileEdge {
  if (head.size > size) throw damagedLog(db, `ends at ${size} entries, and ${what} covers ${head.size}`);
  const read = tiles.read.bind(tiles);
  if (!equalBytes(rootFromTiles(head.size, read, platformSha256), head.root))
    throw damagedLog(db, `is another than the one whose first ${head.size} entries ${what} covers`);
  return TileEdge.fromTiles(head.size, read, platformSha256);
}

/** What publishing the log needs of the database. */
export interface LogStore {
  readonly tiles: LogTiles;
  readonly heads: LogHeads;
  /** The last head that was signed, and the edge of the tree at it. */
  readonly last: { readonly head: StoredHead; readonly edge: TileEdge } | undefined;
  /**
   * Checks that the log contains what a head covers that others have seen.
   * @param what names the head in the error
   * @throws ControllerError `usage`
   */
  check(head: Pick<StoredHead, 'size' | 'root'>, what: string): void;
}

/**
 * @param size of the log
 * @throws ControllerError `usage` if the log does not contain what its last signed head covers
 */
export function openLogStore(db: Database, size: number): LogStore {
  const tiles = new LogTiles(db);
  const heads = new LogHeads(db);
  const head = heads.last();
  const edgeAt = (seen: Pick<StoredHead, 'size' | 'root'>, what: string) =>
    edgeAtHead(db, tiles, seen, size, what);
  const last = head && { head, edge: edgeAt(head, 'its last signed head') };
  return { tiles, heads, last, check: (seen, what) => void edgeAt(seen, what) };
}
