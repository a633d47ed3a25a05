/**
 * Ordered schema migrations. Those that are missing are tried on a copy first and then run in one
 * transaction. Each is recorded with the checksum of its text. So a program uses a database only if it knows
 * all migrations that made it.
 */

import { createHash } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { HostError } from './host-error.ts';
import { MIGRATIONS_TABLE } from './migrations-table.ts';
import { rehearseMigrations } from './rehearse-migrations.ts';

export interface Migration {
  /** A stable name, for example `0001-registry`. It must never be renamed or used again. */
  readonly id: string;
  /** One or more statements, without BEGIN and COMMIT. */
  readonly sql: string;
}

interface AppliedRow {
  readonly position: number;
  readonly id: string;
  readonly sha256: string;
}

/**
 * Brings a database to the newest schema: all missing migrations, or none of them. The recorded migrations
 * must be the first ones of `migrations`. For a database that has any, this needs room for a copy of it.
 *
 * @returns the ids that were applied now, in order; empty if the schema was current
 * @throws HostError `database_newer` (it has a migration that is unknown here), `migration_changed` (the text
 *   of an applied one differs), `migration_failed`, `schema_unexpected`, `database_full`: the database is as
 *   it was before
 */
export function migrate(db: Database, migrations: readonly Migration[]): string[] {
  refuseDuplicates(migrations);
  const found = recorded(db);
  checkRecorded(found, migrations, db.name);
  // Does not write or take the write lock, so that a current database can be opened while writes fail.
  if (found.length === migrations.length) return [];
  if (found.length > 0) rehearseMigrations(db, (copy) => applyMissing(copy, migrations));
  return applyMissing(db, migrations);
}

/** Applies all that are missing in one transaction. */
function applyMissing(db: Database, migrations: readonly Migration[]): string[] {
  // To rebuild a table, foreign keys must be off, and SQLite ignores that pragma inside a transaction. So
  // they are off here, and foreign_key_check runs before the commit.
  const foreignKeys = db.pragma('foreign_keys', { simple: true });
  db.pragma('foreign_keys = OFF');
  try {
    // The write lock comes before the record is read, so that two programs that start together do not apply a
    // migration twice.
    db.exec('BEGIN IMMEDIATE');
    db.exec(
      `CREATE TABLE IF NOT EXISTS ${MIGRATIONS_TABLE} (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL) STRICT`,
    );
    const rows = recorded(db);
    checkRecorded(rows, migrations, db.name);
    const missing = migrations.slice(rows.length);
    const record = db.prepare(`INSERT INTO ${MIGRATIONS_TABLE} (position, id, sha256) VALUES (?, ?, ?)`);
    for (const [at, migration] of missing.entries()) {
      applyOne(db, migration);
      record.run(rows.length + at + 1, migration.id, checksum(migration.sql));
    }
    db.exec('COMMIT');
    return missing.map(({ id }) => id);
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  } finally {
    db.pragma(`foreign_keys = ${foreignKeys === 1 ? 'ON' : 'OFF'}`);
  }
}

/** The migrations that were applied; none if there is no record of any. */
function recorded(db: Database): AppliedRow[] {
  const isThere = db.prepare(
    `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '${MIGRATIONS_TABLE}'`,
  );
  if (isThere.get() === undefined) return [];
  return db
    .prepare<[], AppliedRow>(`SELECT position, id, sha256 FROM ${MIGRATIONS_TABLE} ORDER BY position`)
    .all();
}

function applyOne(db: Database, migration: Migration): void {
  const failed = (why: string, cause?: unknown) =>
    new HostError(
      'migration_failed',
      `migration ${migration.id} failed on ${db.name} and was rolled back: ${why}`,
      { cause },
    );
  try {
    db.exec(migration.sql);
  } catch (error) {
    throw failed(error instanceof Error ? error.message : 'unknown error', error);
  }
  if (!db.inTransaction) {
    throw new HostError(
      'migration_failed',
      `migration ${migration.id} ended its own transaction: remove BEGIN, COMMIT and ROLLBACK from it`,
    );
  }
  const violations = db.pragma('foreign_key_check');
  if (Array.isArray(violations) && violations.length > 0) {
    throw failed(`it leaves ${violations.length} rows that break a foreign key`);
  }
}

function checkRecorded(rows: readonly AppliedRow[], migrations: readonly Migration[], name: string): void {
  for (const [index, row] of rows.entries()) {
    const known = migrations[index];
    if (known === undefined) {
      throw new HostError(
        'database_newer',
        `${name} holds migration ${row.id}, which this program does not know: run the newer program, or restore a backup made before the upgrade`,
      );
    }
    if (known.id !== row.id || checksum(known.sql) !== row.sha256 || row.position !== index + 1) {
      throw new HostError(
        'migration_changed',
        `${name} was migrated with ${row.id} at position ${row.position}, but this program's ${known.id} there has another text: never edit an applied migration, add a new one`,
      );
    }
  }
}

function refuseDuplicates(migrations: readonly Migration[]): void {
  const ids = new Set(migrations.map((migration) => migration.id));
  if (ids.size !== migrations.length) {
    throw new HostError('invalid_argument', 'two migrations share an id: give each its own');
  }
}

/** Line endings are normalised, because a checkout may rewrite them. */
function checksum(sql: string): string {
  return createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex');
}
