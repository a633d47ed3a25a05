// Migrations are tried on a copy first: a database whose copy does not come out right is not touched, and a
// program that is killed at any point leaves the schema before or the schema after.

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { dumpSchema } from '../src/dump-schema.ts';
import { migrate, openSqlite } from '../src/index.ts';
import { rehearsalFile } from '../src/rehearse-migrations.ts';
import { underStrace } from './kit/index.ts';
import { errorOf } from './support/error-of.ts';
import { runProgram } from './support/run-program.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const directory = temporaryDirectory();
let count = 0;
const A = { id: '0001-a', sql: 'CREATE TABLE a (x INTEGER PRIMARY KEY) STRICT;' };
const B = { id: '0002-b', sql: 'ALTER TABLE a ADD COLUMN note TEXT;' };
const C = { id: '0003-c', sql: 'CREATE TABLE c AS SELECT x FROM a;' };

function withA(): Database {
  count += 1;
  const db = openSqlite(join(directory, `${count}.db`), { migrations: [A] });
  db.exec('INSERT INTO a VALUES (1), (2), (3)');
  return db;
}

describe('migrations of a database that has some', () => {
  it.each([
    ['a column that was added by hand', 'ALTER TABLE a ADD COLUMN mine TEXT', 'lacks "CREATE TABLE a'],
    ['an index that was added by hand', 'CREATE INDEX mine ON a (x)', 'has "CREATE INDEX mine'],
    [
      'a trigger that was added by hand',
      'CREATE TRIGGER t AFTER DELETE ON a BEGIN SELECT 1; END',
      'has "CREATE TRIGGER t',
    ],
  ])('are refused with %s, which is named', (_, byHand, named) => {
    const db = withA();
    db.exec(byHand);
    const before = dumpSchema(db);
    const error = errorOf(() => migrate(db, [A, B]));
    expect([error.code, error.message]).toEqual(['schema_unexpected', expect.stringContaining(named)]);
    expect(dumpSchema(db)).toBe(before);
    expect(migrate(db, [A])).toEqual([]);
    // What makes them refuse is the difference alone.
    db.exec(
      byHand.startsWith('ALTER')
        ? 'ALTER TABLE a DROP COLUMN mine'
        : `DROP ${byHand.split(' ')[1]} ${byHand.split(' ')[2]}`,
    );
    expect(migrate(db, [A, B])).toEqual(['0002-b']);
  });

  it('leave no copy, replace one that was left, and keep the copy private', () => {
    const db = withA();
    const copy = rehearsalFile(db.name);
    writeFileSync(copy, 'left by a program that was killed');
    let mode: number | undefined;
    // SQLite calls it while the copy is migrated; the database itself comes later.
    const seen = { id: '0002-seen', sql: 'CREATE TABLE seen (y INTEGER) STRICT;' };
    const opened = Object.defineProperty({ ...seen }, 'sql', {
      get() {
        if (existsSync(copy)) mode ??= statSync(copy).mode & 0o777;
        return seen.sql;
      },
    });
    migrate(db, [A, opened]);
    expect(mode).toBe(0o600);
    expect(existsSync(copy)).toBe(false);
    expect(db.prepare('SELECT x FROM a').pluck().all()).toEqual([1, 2, 3]);
  });

  it('are refused by a database with a damaged page, before anything is changed', () => {
    const db = withA();
    db.exec('CREATE TABLE page (t TEXT) STRICT; INSERT INTO page VALUES (hex(zeroblob(3000)))');
    const root = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'page'").pluck().get());
    db.close();
    const bytes = readFileSync(db.name);
    bytes.fill(0xa5, (root - 1) * 4096, root * 4096);
    writeFileSync(db.name, bytes);
    const error = errorOf(() => openSqlite(db.name, { migrations: [A, B] }));
    expect([error.code, error.message]).toEqual([
      'database_not_sqlite',
      expect.stringContaining('restore a backup'),
    ]);
    expect(readFileSync(db.name).equals(bytes)).toBe(true);
  });
});

describe('a program killed while it migrates', () => {
  // In the copying, the trial, the transaction (its last write is the commit), and the checkpoint after it.
  it.each([
    ['pwrite64', 12, false],
    ['pwrite64', 17, false],
    ['unlink', 1, false],
    ['pwrite64', 21, false],
    ['pwrite64', 27, false],
    ['pwrite64', 29, true],
  ])('at %s number %d leaves all or nothing of it, and can be run again', async (call, when, isMigrated) => {
    const db = withA();
    db.close();
    const program = runProgram('migrate-further.ts', [db.name], {
      under: underStrace(call, `signal=KILL:when=${when}`),
    });
    await program.gone;
    expect(program.child.signalCode).toBe('SIGKILL');
    const found = openSqlite(db.name, { migrations: [] });
    expect(found.pragma('integrity_check', { simple: true })).toBe('ok');
    const applied = found.prepare('SELECT id FROM schema_migrations').pluck().all();
    expect(applied).toEqual(isMigrated ? ['0001-a', '0002-b', '0003-c'] : ['0001-a']);
    migrate(found, [A, B, C]);
    expect(found.prepare('SELECT x FROM c').pluck().all()).toEqual([1, 2, 3]);
    expect(existsSync(rehearsalFile(db.name))).toBe(false);
    found.close();
  });
});
