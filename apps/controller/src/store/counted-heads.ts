// Which head counts where witnesses have to cosign: what a start publishes before any of them has answered.
// What was published once stays published.

import { parseCheckpoint, parseNote, type TileEdge } from '@mesh/audit';
import type { Database } from 'better-sqlite3';
import { edgeAtHead } from './log-heads.ts';
import type { LogTiles } from './log-tiles.ts';

const KEY = 'log_cosigned_checkpoint';
/** Nodes have been shown heads that did not count. */
const OFFERED_KEY = 'log_offers_to_nodes';
/** Cosignatures have been required from the first head on, and no head had enough yet. */
const NONE_YET = '';

export interface CountedHead {
  /** Signed and, where that is required, cosigned. */
  readonly note: string;
  readonly edge: TileEdge;
}

/** The note that was kept last; undefined if there is none, or if no head has counted yet. */
export function readKeptNote(db: Database): string | undefined {
  const note = db.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(KEY) as string | undefined;
  return note === NONE_YET ? undefined : note;
}

export class CountedHeads {
  readonly #db: Database;
  readonly #tiles: LogTiles;
  readonly #size: number;

  /** @param size of the log */
  constructor(db: Database, tiles: LogTiles, size: number) {
    this.#db = db;
    this.#tiles = tiles;
    this.#size = size;
  }

  /** Stores a note that counts; it is on disk when this returns. @throws the error of SQLite */
  keep(note: string): void {
    this.#set(KEY, note);
  }

  /**
   * Whether nodes may have been shown the last signed head although it did not count. It is noted if they are
   * from now on.
   */
  areOfferedAtStart(isOffering: boolean): boolean {
    if (isOffering) this.#set(OFFERED_KEY, '');
    return this.#get(OFFERED_KEY) !== undefined;
  }

  /** Everything that nodes were shown has been published since. */
  endOffers(): void {
    this.#db.prepare('DELETE FROM meta WHERE key = ?').run(OFFERED_KEY);
  }

  /**
   * The head to publish at a start.
   *
   * @param required how many witnesses and members have to cosign now
   * @param last the last head that was signed. It counts if no cosignature is required, and, without any, if
   *   none was required when it was signed
   * @throws ControllerError `usage` if the log does not contain what the head covers
   */
  atStart(required: number, last: CountedHead | undefined): CountedHead | undefined {
    const note = this.#get(KEY);
    if (required === 0) {
      // The heads to come are published without being kept here. A database that takes no writes is left
      // alone.
      if (note !== undefined) this.#db.prepare('DELETE FROM meta WHERE key = ?').run(KEY);
      return last;
    }
    if (note === undefined) {
      this.keep(last?.note ?? NONE_YET);
      return last;
    }
    if (note === NONE_YET) return undefined;
    const head = parseCheckpoint(parseNote(note).text);
    return { note, edge: edgeAtHead(this.#db, this.#tiles, head, this.#size, 'its last cosigned head') };
  }

  #get(key: string): string | undefined {
    return this.#db.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(key) as string | undefined;
  }

  #set(key: string, value: string): void {
    this.#db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(key, value);
  }
}
