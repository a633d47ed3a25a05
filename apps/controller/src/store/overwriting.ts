// Overwrites in the database's file what is deleted or replaced.

import type { Database } from 'better-sqlite3';

/**
 * Zeroes what the work deletes or replaces: the old bytes would otherwise stay in free parts of the file.
 * They are also in the write-ahead log until {@link cutOffLog}.
 */
export function overwriting<T>(db: Database, work: () => T): T {
  const before = db.pragma('secure_delete', { simple: true });
  db.pragma('secure_delete = ON');
  try {
    return work();
  } finally {
    db.pragma(`secure_delete = ${before}`);
  }
}

/**
 * Copies the write-ahead log into the database and cuts it off.
 *
 * @returns false if another connection reads it, so that old bytes stay
 */
export function cutOffLog(db: Database): boolean {
  const [{ busy } = { busy: 1 }] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
  return busy === 0;
}
