// Destroys a key that was sealed in the database.

import type { Database } from 'better-sqlite3';
import { cutOffLog, overwriting } from './overwriting.ts';

/** Overwrites a row of `sealed_secrets` in the file, inside the transaction of the caller. */
export function deleteSealedKey(db: Database, name: string): void {
  overwriting(db, () => db.prepare('DELETE FROM sealed_secrets WHERE name = ?').run(name));
}

/** The events that destroy a key. */
const ENDS: ReadonlySet<string> = new Set([
  'ca_rotation_finished',
  'config_key_finished',
  'config_key_aborted',
  'log_key_finished',
  'log_key_aborted',
]);

/**
 * Cuts off the write-ahead log if one of these events has destroyed a key, which would stay there until it is
 * written over. Call it after their commit. While another connection reads that log, it stays.
 */
export function forgetDeletedKeys(db: Database, events: readonly { readonly type: string }[]): void {
  if (events.some(({ type }) => ENDS.has(type))) cutOffLog(db);
}
