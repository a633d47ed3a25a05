// The error for a log that is not as it was written.

import type { Database } from 'better-sqlite3';
import { ControllerError } from '../errors/controller-error.ts';

/** @param what what is wrong with it, after `the log in FILE` */
export function damagedLog(db: Database, what: string): ControllerError {
  return new ControllerError(
    'usage',
    `the log in ${db.name} ${what}: it was tampered with or damaged; restore a backup (docs/operations.md, Backup)`,
  );
}
