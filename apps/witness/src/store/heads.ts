// The newest head of each log that this witness has cosigned, in SQLite.

import type { Database, Statement } from 'better-sqlite3';

export interface Head {
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** The note, with the log's signatures and the witness's. */
  readonly checkpoint: string;
  /** Since 1970. */
  readonly cosignedAtSeconds: number;
}

/** What a witness remembers. */
export interface Heads {
  /**
   * Runs the work alone: nobody else reads or writes a head meanwhile, in another process neither. What it
   * wrote is on disk when this returns, and undone if it throws.
   */
  alone<T>(work: () => T): T;
  latest(origin: string): Head | undefined;
  /** @throws unless it is called within `alone`, and the head is not smaller than the latest one */
  replace(origin: string, head: Head): void;
}

interface HeadRow {
  readonly size: number;
  readonly root: Uint8Array;
  readonly checkpoint: string;
  readonly cosigned_at: number;
}

export class SqliteHeads implements Heads {
  readonly #db: Database;
  readonly #select: Statement<[string], HeadRow>;
  readonly #upsert: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#select = db.prepare('SELECT size, root, checkpoint, cosigned_at FROM heads WHERE origin = ?');
    this.#upsert = db.prepare(`INSERT INTO heads (origin, size, root, checkpoint, cosigned_at)
      VALUES (?, ?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE SET
      size = excluded.size, root = excluded.root, checkpoint = excluded.checkpoint,
      cosigned_at = excluded.cosigned_at`);
  }

  alone<T>(work: () => T): T {
    return this.#db.transaction(work).immediate();
  }

  latest(origin: string): Head | undefined {
    const row = this.#select.get(origin);
    if (row === undefined) return undefined;
    const { size, root, checkpoint, cosigned_at } = row;
    return { size, root: Uint8Array.from(root), checkpoint, cosignedAtSeconds: cosigned_at };
  }

  replace(origin: string, { size, root, checkpoint, cosignedAtSeconds }: Head): void {
    if (!this.#db.inTransaction) throw new Error('a head is replaced within alone() only');
    this.#upsert.run(origin, size, root, checkpoint, cosignedAtSeconds);
  }
}
