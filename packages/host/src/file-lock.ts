/**
 * A lock between processes. It is an exclusive SQLite transaction on an empty file, and so a byte-range lock
 * of the kernel. The kernel releases it when the process that holds it ends, even by kill -9. So there are no
 * stale locks, and nobody has to guess by process id.
 */

import { chmodSync, closeSync, constants, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import SqliteDatabase, { type Database } from 'better-sqlite3';
import { errorCodeOf, HostError } from './host-error.ts';
import { makePrivateDirectory } from './make-directory.ts';
import { isLocked, storageAdvice } from './storage-advice.ts';

export interface FileLock extends Disposable {
  readonly path: string;
  /** Idempotent. The end of the process releases the lock too. */
  release(): void;
}

/**
 * Takes the lock at `path` (mode 0600, created with its directory) without waiting. Needs a local file
 * system. The file stays behind; its existence means nothing.
 *
 * @returns undefined while another process holds it
 * @throws HostError `file_io`
 */
export function tryFileLock(path: string): FileLock | undefined {
  const file = resolve(path);
  let db: Database | undefined;
  try {
    makePrivateDirectory(dirname(file));
    createPrivate(file);
    db = new SqliteDatabase(file, { timeout: 0 });
    // Nothing is ever written, and a journal on disk would need space.
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    const code = errorCodeOf(error) ?? 'unknown';
    if (isLocked(code)) return undefined;
    throw new HostError('file_io', `${file} cannot be locked (${code}): ${storageAdvice(file, code)}`, {
      cause: error,
    });
  }
  const held = db;
  const release = () => void held.close();
  return { path: file, release, [Symbol.dispose]: release };
}

/**
 * Makes the file if it does not exist. An existing file only gets its mode: to open and close it would drop
 * this process's own lock.
 */
function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600));
  } catch (error) {
    if (errorCodeOf(error) !== 'EEXIST') throw error;
    chmodSync(file, 0o600);
  }
}
