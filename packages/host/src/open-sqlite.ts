/**
 * Opens a SQLite file the one way this project uses it: WAL, every commit synced to disk before it is
 * acknowledged, foreign keys on, readable by its owner only. What SQLite was asked for is read back, since a
 * build or a file system may silently give less.
 */

import { accessSync, closeSync, constants, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Database } from 'better-sqlite3';
import SqliteDatabase from 'better-sqlite3';
import { errorCodeOf, HostError } from './host-error.ts';
import { type Migration, migrate } from './migrate.ts';

export interface OpenSqliteOptions {
  /** Applied in order; an empty list opens the file as it is. */
  readonly migrations: readonly Migration[];
  /** How long to wait for another connection's lock. */
  readonly busyTimeoutMs?: number;
}

const SYNCHRONOUS_FULL = 2;
const SMALLEST_PAGE_BYTES = 512;

/**
 * Opens (or creates, mode 0600 in a directory of mode 0700) a database and migrates it. The caller closes it.
 *
 * @throws HostError `database_not_sqlite`, `database_read_only`, `database_newer`, `database_pragma`,
 *   `database_unavailable`, `file_unsafe`, or one of {@link migrate}'s
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
  let db: Database | undefined;
  try {
    db = new SqliteDatabase(file, { timeout: options.busyTimeoutMs ?? 5_000 });
    setAndVerifyPragmas(db);
    probeWrite(db);
    if (options.migrations.length > 0) migrate(db, options.migrations);
    return db;
  } catch (error) {
    db?.close();
    throw explain(file, error);
  }
}

function prepareFile(file: string): void {
  const directory = dirname(file);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    refuseSharedDirectory(directory);
    createIfMissing(file, directory);
    checkExisting(file);
  } catch (error) {
    throw explain(file, error);
  }
}

/** Whoever may rename files here could swap the database; a sticky directory forbids that to others. */
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
  const directoryFd = openSync(directory, constants.O_RDONLY);
  try {
    fsyncSync(directoryFd);
  } finally {
    closeSync(directoryFd);
  }
}

/**
 * By path only. Opening the file here and closing it again would drop the locks that this process's other
 * connections hold on it (POSIX locks belong to the process: sqlite.org/howtocorrupt.html §2.2).
 */
function checkExisting(file: string): void {
  const stat = statSync(file);
  if (!stat.isFile()) {
    throw new HostError('database_not_sqlite', `${file} is not a regular file: choose another path`);
  }
  // SQLite would overwrite a file of one byte; what is its own is empty or holds a page.
  if (stat.size > 0 && stat.size < SMALLEST_PAGE_BYTES) throw notSqlite(file);
  if ((stat.mode & 0o077) !== 0) {
    throw new HostError('file_unsafe', `other users can open ${file}: run chmod 600 ${file}`);
  }
  // Before SQLite opens it: a read-only connection leaves read-only WAL files behind.
  accessSync(file, constants.R_OK | constants.W_OK);
}

function setAndVerifyPragmas(db: Database): void {
  setPragma(db, 'journal_mode', 'WAL', 'wal');
  setPragma(db, 'synchronous', 'FULL', SYNCHRONOUS_FULL);
  setPragma(db, 'foreign_keys', 'ON', 1);
  // Functions with side effects must not be reachable from a schema that someone else may have edited.
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

/** SQLite falls back to read-only without a word and even BEGIN IMMEDIATE then succeeds: only a write tells. */
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
    `${file} is not a SQLite database: move it away, or point the configuration at the right file`,
    { cause },
  );
}

function explain(file: string, error: unknown): Error {
  if (error instanceof HostError) return error;
  const code = errorCodeOf(error) ?? 'unknown';
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) return notSqlite(file, error);
  if (code.startsWith('SQLITE_READONLY') || code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return new HostError(
      'database_read_only',
      `${file} cannot be written (${code}): check the owner and mode of the file and its directory, and how the file system is mounted`,
      { cause: error },
    );
  }
  return new HostError('database_unavailable', `${file} cannot be opened (${code})`, { cause: error });
}
