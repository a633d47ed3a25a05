/**
 * Opens a SQLite file in the only way that this project uses it: WAL, every commit synced to disk before it
 * is acknowledged, foreign keys on, readable by its owner only. The settings are read back, because a build
 * of SQLite or a file system may silently ignore one.
 */

import { accessSync, closeSync, constants, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Database } from 'better-sqlite3';
import SqliteDatabase from 'better-sqlite3';
import { errorCodeOf, HostError, type HostErrorCode } from './host-error.ts';
import { makePrivateDirectory } from './make-directory.ts';
import { type Migration, migrate } from './migrate.ts';
import { isFull, isLocked, storageAdvice } from './storage-advice.ts';
import { syncDirectorySync } from './sync-directory.ts';

export interface OpenSqliteOptions {
  /** Applied in order; an empty list opens the file as it is. */
  readonly migrations: readonly Migration[];
  /**
   * How long a statement waits for another connection's lock, and blocks its thread. Default 0: a thread that
   * serves others cannot wait.
   */
  readonly busyTimeoutMs?: number;
  /** How long opening waits for such a lock and blocks this thread. Default 5 s. */
  readonly openTimeoutMs?: number;
  /**
   * Whether to open a database with a current schema even while it cannot be written, because another process
   * holds its lock or the disk is full. Every write fails until that ends.
   */
  readonly openUnwritable?: boolean;
}

const SYNCHRONOUS_FULL = 2;
const SMALLEST_PAGE_BYTES = 512;

/**
 * Opens (or creates, mode 0600 in a directory of mode 0700) a database and migrates it. The caller closes it.
 *
 * @throws HostError `database_not_sqlite`, `database_read_only`, `database_newer`, `database_pragma`,
 *   `database_locked`, `database_full`, `database_unavailable`, `file_unsafe`, or one of {@link migrate}'s
 */
export function openSqlite(path: string, options: OpenSqliteOptions): Database {
  if (path === '' || path.startsWith(':') || path.startsWith('file:')) {
    throw new HostError(
      'invalid_argument',
      'a database needs the path of a file: memory and URIs are not durable',
    );
  }
  const file = resolve(path);
  prepareFile(file);
  try {
    return openFile(file, options, 'NORMAL');
  } catch (error) {
    if (options.openUnwritable !== true || !isWithoutRoom(error)) throw explain(file, error);
  }
  try {
    // The wal-index needs a file of 32 KiB, for which a full disk has no room. With an exclusive lock it is
    // in memory.
    return openFile(file, options, 'EXCLUSIVE');
  } catch (error) {
    throw explain(file, error);
  }
}

function openFile(file: string, options: OpenSqliteOptions, locking: 'NORMAL' | 'EXCLUSIVE'): Database {
  const db = new SqliteDatabase(file, { timeout: options.openTimeoutMs ?? 5_000 });
  try {
    db.pragma(`locking_mode = ${locking}`);
    setAndVerifyPragmas(db);
    try {
      probeWrite(db);
    } catch (error) {
      if (options.openUnwritable !== true || !isForNow(error)) throw error;
    }
    if (options.migrations.length > 0) migrate(db, options.migrations);
    db.pragma(`busy_timeout = ${options.busyTimeoutMs ?? 0}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Whether the condition can end without a change to the file. */
function isForNow(error: unknown): boolean {
  const code = errorCodeOf(error) ?? '';
  return isLocked(code) || isWithoutRoom(error);
}

/**
 * Whether a file could not grow or be made. SQLite then reports a full disk or a failure of input and output.
 */
function isWithoutRoom(error: unknown): boolean {
  const code = errorCodeOf(error) ?? '';
  return isFull(code) || code.startsWith('SQLITE_IOERR') || code.startsWith('SQLITE_CANTOPEN');
}

function prepareFile(file: string): void {
  const directory = dirname(file);
  try {
    makePrivateDirectory(directory);
    refuseSharedDirectory(directory);
    createIfMissing(file, directory);
    checkExisting(file);
  } catch (error) {
    throw explain(file, error);
  }
}

/**
 * Refuses a directory where other users may rename files: they could swap the database. A sticky directory
 * prevents that.
 */
function refuseSharedDirectory(directory: string): void {
  const { mode } = statSync(directory);
  if ((mode & 0o022) !== 0 && (mode & constants.S_IFMT) === constants.S_IFDIR && (mode & 0o1000) === 0) {
    throw new HostError('file_unsafe', `other users can write to ${directory}: run chmod 700 ${directory}`);
  }
}

function createIfMissing(file: string, directory: string): void {
  let fd: number;
  try {
    fd = openSync(file, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600);
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST') return;
    throw error;
  }
  closeSync(fd);
  syncDirectorySync(directory);
}

/**
 * Checks a file by its path and does not open it. To open and close it here would drop the locks of this
 * process's other connections (POSIX locks belong to the process: sqlite.org/howtocorrupt.html §2.2).
 */
function checkExisting(file: string): void {
  const stat = statSync(file);
  if (!stat.isFile()) {
    throw new HostError('database_not_sqlite', `${file} is not a regular file: choose another path`);
  }
  // SQLite would overwrite a file of one byte. Its own files are empty or hold at least a page.
  if (stat.size > 0 && stat.size < SMALLEST_PAGE_BYTES) throw notSqlite(file);
  if ((stat.mode & 0o077) !== 0) {
    throw new HostError('file_unsafe', `other users can open ${file}: run chmod 600 ${file}`);
  }
  // This comes before SQLite opens the file: a read-only connection leaves read-only WAL files behind.
  accessSync(file, constants.R_OK | constants.W_OK);
}

function setAndVerifyPragmas(db: Database): void {
  setPragma(db, 'journal_mode', 'WAL', 'wal');
  setPragma(db, 'synchronous', 'FULL', SYNCHRONOUS_FULL);
  setPragma(db, 'foreign_keys', 'ON', 1);
  // Somebody else may have edited the schema, so it must not call functions with side effects.
  setPragma(db, 'trusted_schema', 'OFF', 0);
}

function setPragma(db: Database, name: string, value: string, expected: string | number): void {
  db.pragma(`${name} = ${value}`);
  const found = db.pragma(name, { simple: true });
  if (found !== expected) {
    throw new HostError(
      'database_pragma',
      `${db.name} answers ${name} = ${String(found)} after it was set to ${value}: put it on a local file system that supports it`,
    );
  }
}

/**
 * Writes something. SQLite falls back to read-only silently, even BEGIN IMMEDIATE succeeds then, and only a
 * write shows it.
 */
function probeWrite(db: Database): void {
  const version = db.pragma('user_version', { simple: true });
  db.exec('BEGIN IMMEDIATE');
  try {
    db.pragma(`user_version = ${Number(version)}`);
  } finally {
    if (db.inTransaction) db.exec('ROLLBACK');
  }
}

function notSqlite(file: string, cause?: unknown): HostError {
  return new HostError(
    'database_not_sqlite',
    `${file} is not a SQLite database: restore a backup of it, or point the configuration at the right file`,
    { cause },
  );
}

function explain(file: string, error: unknown): Error {
  if (error instanceof HostError) return error;
  const code = errorCodeOf(error) ?? 'unknown';
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) return notSqlite(file, error);
  return new HostError(
    openingCode(code),
    `${file} cannot be opened for writing (${code}): ${storageAdvice(file, code)}`,
    { cause: error },
  );
}

function openingCode(code: string): HostErrorCode {
  if (isLocked(code)) return 'database_locked';
  if (isFull(code)) return 'database_full';
  if (code.startsWith('SQLITE_READONLY') || code === 'EROFS' || code === 'EACCES' || code === 'EPERM')
    return 'database_read_only';
  return 'database_unavailable';
}
