// Puts a database in the place of another one, which is kept beside it under another name. A process that is
// killed in between leaves the old one or the new one in place.

import { existsSync, linkSync, renameSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncDirectorySync } from '@mesh/host';
import { openAsOneFile } from '../store/open-beside.ts';

/**
 * @param staged a whole database in the same directory, without a write-ahead log
 * @param kept the new name of the old one
 */
export function putInPlace(staged: string, database: string, kept: string): void {
  if (existsSync(database)) {
    settle(database);
    linkSync(database, kept);
    // A write-ahead log that stayed would be taken for one of the new database.
    if (existsSync(`${database}-wal`)) {
      linkSync(`${database}-wal`, `${kept}-wal`);
      unlinkSync(`${database}-wal`);
    }
    if (existsSync(`${database}-shm`)) unlinkSync(`${database}-shm`);
    syncDirectorySync(dirname(database));
  }
  renameSync(staged, database);
  syncDirectorySync(dirname(database));
}

/** Takes the write-ahead log into the database. One that is damaged is kept with its log as it is. */
function settle(database: string): void {
  try {
    openAsOneFile(database).close();
  } catch {}
}
