/**
 * One process a state directory. The lock is an exclusive SQLite transaction on a file of its own: the kernel
 * drops it with the process, kill -9 included, so there is no stale lock and no guessing by process id.
 */

import { chmodSync, closeSync, constants, mkdirSync, openSync, readFileSync, unlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import SqliteDatabase, { type Database } from 'better-sqlite3';
import { writeFileAtomicSync } from './atomic-file.ts';
import { errorCodeOf, HostError } from './host-error.ts';

export interface ProcessLock extends Disposable {
  readonly path: string;
  /** Idempotent; also happens when the process ends, however it ends. */
  release(): void;
}

/**
 * Takes the lock at `path` (mode 0600, created with its directory) or says who holds it. Needs a local file
 * system. The file stays behind and means nothing by itself.
 *
 * @throws HostError `locked`, `file_io`
 */
export function acquireProcessLock(path: string): ProcessLock {
  const file = resolve(path);
  const holderFile = `${file}.holder`;
  let db: Database | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    createPrivate(file);
    db = new SqliteDatabase(file, { timeout: 0 });
    db.exec('BEGIN EXCLUSIVE');
    writeFileAtomicSync(holderFile, `${process.pid}\n`);
  } catch (error) {
    db?.close();
    throw explain(file, holderFile, error);
  }
  const held = db;
  const release = () => {
    if (!held.open) return;
    try {
      unlinkSync(holderFile);
    } catch {
      // only information for people: the lock itself is what counts
    }
    held.close();
  };
  return { path: file, release, [Symbol.dispose]: release };
}

/** Never opened and closed again once it exists: closing any descriptor would drop this process's own lock. */
function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600));
  } catch (error) {
    if (errorCodeOf(error) !== 'EEXIST') throw error;
    chmodSync(file, 0o600);
  }
}

function explain(file: string, holderFile: string, error: unknown): HostError {
  if (error instanceof HostError) return error;
  const code = errorCodeOf(error) ?? 'unknown';
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new HostError(
      'locked',
      `${file} is held by ${holder(holderFile)}: stop it first, or give this one a state directory of its own`,
      { cause: error },
    );
  }
  return new HostError(
    'file_io',
    `${file} cannot be locked (${code}): it needs a writable local file system`,
    {
      cause: error,
    },
  );
}

function holder(holderFile: string): string {
  try {
    const pid = /^(\d{1,10})\n$/.exec(readFileSync(holderFile, 'latin1'))?.[1];
    return pid === undefined ? 'another process' : `process ${pid}`;
  } catch {
    return 'another process';
  }
}
