// Opening a database: durable settings are in force, the file is private, and each kind of unusable file has
// its own error.

import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { errorCodeOf, openSqlite } from '../src/index.ts';
import { asOrdinaryUser } from './support/as-ordinary-user.ts';
import { errorOf } from './support/error-of.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const directory = temporaryDirectory();
const ONE = [{ id: '0001', sql: 'CREATE TABLE t (x INTEGER PRIMARY KEY) STRICT' }];
const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('opening a new database', () => {
  it('creates directory 0700 and file 0600 under any umask, WAL files included', () => {
    const before = process.umask(0);
    try {
      const path = join(directory, 'new', 'deep', 'state.db');
      const db = openSqlite(path, { migrations: ONE });
      db.exec('INSERT INTO t VALUES (1)');
      expect(modeOf(dirname(path))).toBe(0o700);
      expect([modeOf(path), modeOf(`${path}-wal`), modeOf(`${path}-shm`)]).toEqual([0o600, 0o600, 0o600]);
      db.close();
    } finally {
      process.umask(before);
    }
  });

  it('puts every durable setting in force, which a plain open does not', () => {
    const path = join(directory, 'pragmas.db');
    const db = openSqlite(path, { migrations: [], busyTimeoutMs: 1_234 });
    const read = (name: string) => db.pragma(name, { simple: true });
    expect(read('journal_mode')).toBe('wal');
    expect(read('synchronous')).toBe(2);
    expect(read('foreign_keys')).toBe(1);
    expect(read('busy_timeout')).toBe(1_234);
    expect(read('trusted_schema')).toBe(0);
    db.close();
    // Positive control: the driver's defaults are weaker, so the assertion above does not test defaults.
    const plain = new SqliteDatabase(path);
    expect(plain.pragma('synchronous', { simple: true })).toBe(1);
    plain.close();
  });

  it('keeps its rows when it is opened again', () => {
    const path = join(directory, 'again.db');
    const first = openSqlite(path, { migrations: ONE });
    first.exec('INSERT INTO t VALUES (7)');
    first.close();
    const second = openSqlite(path, { migrations: ONE });
    expect(second.prepare('SELECT x FROM t').pluck().all()).toEqual([7]);
    second.close();
  });
});

describe('opening a database that this process has open already', () => {
  it('does not drop the locks of the first connection', () => {
    const path = join(directory, 'twice.db');
    const first = openSqlite(path, { migrations: ONE });
    first.exec('INSERT INTO t VALUES (1)');
    const lockedBefore = locksOn(path);
    expect(lockedBefore).toBeGreaterThan(0);
    openSqlite(path, { migrations: ONE }).close();
    expect(locksOn(path)).toBe(lockedBefore);
    first.close();
    expect(locksOn(path)).toBe(0);
  });
});

/**
 * Counts the POSIX locks on a file. The kernel lists one lock per line, with the inode in the sixth field.
 */
function locksOn(path: string): number {
  const inode = statSync(path).ino;
  return readFileSync('/proc/locks', 'latin1')
    .split('\n')
    .filter((line) => line.split(/\s+/)[5]?.endsWith(`:${inode}`)).length;
}

describe('a file that cannot be used', () => {
  it.each([
    ['text', 'hello, I am a configuration file, really'],
    ['a few bytes', 'x'],
    ['the magic cut short', 'SQLite format 3'],
  ])('is refused as not a database when it has %s, and is left as it is', (name, content) => {
    const path = join(directory, `not-${name.replaceAll(' ', '-')}.db`);
    writeFileSync(path, content, { mode: 0o600 });
    expect(errorOf(() => openSqlite(path, { migrations: ONE })).code).toBe('database_not_sqlite');
    expect(statSync(path).size).toBe(content.length);
  });

  it('is refused as not a database when only its first line is right', () => {
    const path = join(directory, 'magic-only.db');
    writeFileSync(path, Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(4_096, 0xab)]), {
      mode: 0o600,
    });
    expect(errorOf(() => openSqlite(path, { migrations: ONE })).code).toBe('database_not_sqlite');
  });

  it('is refused when it is a directory, or below a file', () => {
    mkdirSync(join(directory, 'folder.db'));
    expect(errorOf(() => openSqlite(join(directory, 'folder.db'), { migrations: [] })).code).toBe(
      'database_not_sqlite',
    );
    writeFileSync(join(directory, 'file'), '');
    expect(errorOf(() => openSqlite(join(directory, 'file', 'a.db'), { migrations: [] })).code).toBe(
      'database_unavailable',
    );
  });

  it.each([0o640, 0o604, 0o660, 0o644])('is refused with the remedy when its mode is %o', (mode) => {
    const path = join(directory, `mode-${mode}.db`);
    writeFileSync(path, '', { mode: 0o600 });
    chmodSync(path, mode);
    const error = errorOf(() => openSqlite(path, { migrations: [] }));
    expect(error.code).toBe('file_unsafe');
    expect(error.message).toContain(`chmod 600 ${path}`);
  });

  it('is refused when others can write to its directory, unless that is sticky', () => {
    const shared = join(directory, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o777);
    expect(errorOf(() => openSqlite(join(shared, 'a.db'), { migrations: [] })).code).toBe('file_unsafe');
    chmodSync(shared, 0o1777);
    openSqlite(join(shared, 'a.db'), { migrations: [] }).close();
  });

  it.each([':memory:', '', 'file:x.db', ':x'])('is refused when the path is not a file’s: %j', (path) => {
    expect(errorOf(() => openSqlite(path, { migrations: [] })).code).toBe('invalid_argument');
  });

  it.each([
    [0o400, 'database_read_only'],
    [0o600, 'opened'],
  ])('with mode %o is %s: the first write does not have to find out', (mode, outcome) => {
    const path = join(directory, `owned-${mode}`, 'state.db');
    openSqlite(path, { migrations: ONE }).close();
    chmodSync(path, mode);
    const found = asOrdinaryUser([directory, dirname(path), path], () => {
      try {
        openSqlite(path, { migrations: ONE }).close();
        return 'opened';
      } catch (error) {
        return errorCodeOf(error);
      }
    });
    expect(found).toBe(outcome);
  });

  it('is refused as newer when it has a migration that this program lacks', () => {
    const path = join(directory, 'newer.db');
    openSqlite(path, {
      migrations: [...ONE, { id: '0002', sql: 'CREATE TABLE u (y INTEGER) STRICT' }],
    }).close();
    const error = errorOf(() => openSqlite(path, { migrations: ONE }));
    expect(error.code).toBe('database_newer');
    expect(error.message).toContain('0002');
  });
});
