// Removes a database with the files that SQLite keeps beside it.

import { rmSync } from 'node:fs';

/** Nobody has it open. Does nothing about files that are not there. */
export function removeDatabase(path: string): void {
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
}
