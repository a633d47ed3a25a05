// Writes what is to be erased, in the transaction of the event that asks for it, so that it is erased
// whatever happens to the process.

import type { ErasureRecord } from '@mesh/membership';
import type { Database, Statement } from 'better-sqlite3';

/** In `meta`: before which entry the details of every node have expired. */
const EXPIRED_BEFORE = 'details_expired_before';

export class ErasureRows {
  readonly #add: Statement;
  readonly #noteExpired: Statement;

  constructor(db: Database) {
    this.#add = db.prepare('INSERT INTO erasures (node_id, before_index) VALUES (?, ?)');
    this.#noteExpired = db.prepare(
      'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    );
  }

  write(erasures: readonly ErasureRecord[]): void {
    for (const { nodeId, before } of erasures) {
      this.#add.run(nodeId ?? null, before);
      if (nodeId === undefined) this.#noteExpired.run(EXPIRED_BEFORE, String(before));
    }
  }
}

/** Before which entry the details of every node have expired; 0 if none have. */
export function readExpiredBefore(db: Database): number {
  return Number(db.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(EXPIRED_BEFORE) ?? 0);
}
