// Migrations: all that are missing are applied or none, each is recorded, and a change after that is noticed.

import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { migrate, openSqlite } from '../src/index.ts';
import { dumpSchema } from './kit/index.ts';
import { errorOf } from './support/error-of.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const directory = temporaryDirectory();
let count = 0;
function fresh(): Database {
  count += 1;
  return openSqlite(join(directory, `${count}.db`), { migrations: [] });
}

const A = { id: '0001-a', sql: 'CREATE TABLE a (x INTEGER PRIMARY KEY) STRICT;' };
const B = { id: '0002-b', sql: 'CREATE TABLE b (y INTEGER NOT NULL REFERENCES a (x)) STRICT;' };
const C = { id: '0003-c', sql: 'ALTER TABLE a ADD COLUMN note TEXT;' };

describe('migrate', () => {
  it('applies missing migrations in order, each once', () => {
    const db = fresh();
    expect(migrate(db, [A])).toEqual(['0001-a']);
    expect(migrate(db, [A, B, C])).toEqual(['0002-b', '0003-c']);
    expect(migrate(db, [A, B, C])).toEqual([]);
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
  });

  it('leaves nothing of any migration if one fails half way, so that the program before can still use it', () => {
    const db = fresh();
    migrate(db, [A]);
    const broken = {
      id: '0003-broken',
      sql: 'CREATE TABLE half (x INTEGER) STRICT; INSERT INTO nowhere VALUES (1);',
    };
    const error = errorOf(() => migrate(db, [A, B, broken]));
    expect(error.code).toBe('migration_failed');
    expect(error.message).toContain('0003-broken');
    expect(error.message).toContain(`${db.name} itself is unchanged`);
    expect(db.inTransaction).toBe(false);
    expect(migrate(db, [A])).toEqual([]);
    expect(dumpSchema(db)).toBe('CREATE TABLE a ( x INTEGER PRIMARY KEY ) STRICT');
    expect(migrate(db, [A, B])).toEqual(['0002-b']);
  });

  it('fails while another program writes, leaves foreign keys on, and can be run again', () => {
    const db = fresh();
    migrate(db, [A]);
    const other = openSqlite(db.name, { migrations: [] });
    other.exec('BEGIN IMMEDIATE');
    expect(() => migrate(db, [A, B])).toThrow('locked');
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
    other.exec('ROLLBACK');
    other.close();
    expect(migrate(db, [A, B])).toEqual(['0002-b']);
  });

  it('refuses an applied migration whose text was edited, but not one with other line endings', () => {
    const db = fresh();
    const twoLines = { id: '0001', sql: 'CREATE TABLE a (\n x INTEGER\n) STRICT;' };
    migrate(db, [twoLines]);
    expect(migrate(db, [{ ...twoLines, sql: twoLines.sql.replaceAll('\n', '\r\n') }])).toEqual([]);
    expect(errorOf(() => migrate(db, [{ ...twoLines, sql: `${twoLines.sql} ` }])).code).toBe(
      'migration_changed',
    );
  });

  it('refuses renamed, reordered, inserted and unknown migrations and applies nothing', () => {
    const db = fresh();
    migrate(db, [A, B]);
    const before = dumpSchema(db);
    expect(errorOf(() => migrate(db, [{ ...A, id: '0001-renamed' }, B])).code).toBe('migration_changed');
    expect(errorOf(() => migrate(db, [B, A])).code).toBe('migration_changed');
    expect(errorOf(() => migrate(db, [A, C, B])).code).toBe('migration_changed');
    expect(errorOf(() => migrate(db, [A])).code).toBe('database_newer');
    expect(errorOf(() => migrate(db, [A, B, { ...A }])).code).toBe('invalid_argument');
    expect(dumpSchema(db)).toBe(before);
  });

  it('lets a migration rebuild a table, and refuses one that leaves a broken foreign key', () => {
    const db = fresh();
    migrate(db, [A, B]);
    db.exec('INSERT INTO a VALUES (1); INSERT INTO b VALUES (1);');
    const rebuild = {
      id: '0003-rebuild',
      sql: 'CREATE TABLE a2 (x INTEGER PRIMARY KEY, z TEXT) STRICT; INSERT INTO a2 (x) SELECT x FROM a; DROP TABLE a; ALTER TABLE a2 RENAME TO a;',
    };
    migrate(db, [A, B, rebuild]);
    expect(db.prepare('SELECT y FROM b').pluck().all()).toEqual([1]);
    const orphan = { id: '0004-orphan', sql: 'DELETE FROM a;' };
    expect(errorOf(() => migrate(db, [A, B, rebuild, orphan])).code).toBe('migration_failed');
    expect(db.prepare('SELECT count(*) FROM a').pluck().get()).toBe(1);
    expect(() => db.exec('INSERT INTO b VALUES (99)')).toThrow(/FOREIGN KEY/);
  });

  it('says so when a migration ends its own transaction', () => {
    const db = fresh();
    expect(errorOf(() => migrate(db, [{ id: '1', sql: 'COMMIT' }])).message).toContain(
      'remove BEGIN, COMMIT',
    );
  });
});

describe('dumpSchema', () => {
  it('is the same for a migrated and a freshly written schema', () => {
    const migrated = fresh();
    migrate(migrated, [A, B, C]);
    const written = fresh();
    written.exec(`
      -- the whole truth, (with) brackets, "and quotes"
      CREATE TABLE "b" ( y INTEGER NOT NULL REFERENCES "a"(x) ) STRICT;
      CREATE TABLE a (
        x INTEGER PRIMARY KEY, /* key */
        note TEXT
      ) STRICT;
    `);
    expect(dumpSchema(migrated)).toBe(dumpSchema(written));
  });

  it.each([
    ['a column', 'CREATE TABLE a (x INTEGER, y INTEGER)'],
    ['a type', 'CREATE TABLE a (x TEXT)'],
    ['a default', "CREATE TABLE a (x INTEGER DEFAULT '  ')"],
    ['a default with more spaces', "CREATE TABLE a (x INTEGER DEFAULT '   ')"],
    ['a check', 'CREATE TABLE a (x INTEGER CHECK (x > 0))'],
    ['an index', 'CREATE TABLE a (x INTEGER); CREATE INDEX i ON a (x)'],
    [
      'a trigger',
      "CREATE TABLE a (x INTEGER); CREATE TRIGGER t BEFORE DELETE ON a BEGIN SELECT RAISE(ABORT, 'no'); END",
    ],
  ])('shows a difference in %s', (_, sql) => {
    const dumps = new Set(
      ['CREATE TABLE a (x INTEGER)', "CREATE TABLE a (x INTEGER DEFAULT '')", sql].map((text) => {
        const db = fresh();
        db.exec(text);
        return dumpSchema(db);
      }),
    );
    expect(dumps.size).toBe(3);
  });
});
