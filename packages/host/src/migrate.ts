/**
 * Ordered schema migrations. Each runs in one transaction and is recorded with the checksum of its text. So a
 * program uses a database only if it knows all migrations that made it.
 */

import { createHash } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { HostError } from './host-error.ts';

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

/** The table that records which migrations were applied. */
export const MIGRATIONS_TABLE = 'schema_migrations';

/**
 * Brings a database to the newest schema. The recorded migrations must be the first ones of `migrations`.
 *
 * @returns the ids that were applied now, in order; empty if the schema was current
 * @throws HostError `database_newer` (it has a migration that is unknown here), `migration_changed` (the text
 *   of an applied one differs), `migration_failed` (one was rolled back: the database is as it was before
 *   that one)
 */
export function migrate(db: Database, migrations: readonly Migration[]): string[] {
  refuseDuplicates(migrations);
  // To rebuild a table, foreign keys must be off, and SQLite ignores that pragma inside a transaction. So
  // they are off here, and foreign_key_check runs before each migration commits.
  const foreignKeys = db.pragma('foreign_keys', { simple: true });
  db.pragma('foreign_keys = OFF');
  try {
    if (isCurrent(db, migrations)) return [];
    db.exec(
      `CREATE TABLE IF NOT EXISTS ${MIGRATIONS_TABLE} (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL) STRICT`,
    );
    const applied: string[] = [];
    for (;;) {
      const id = applyNext(db, migrations);
      if (id === undefined) return applied;
      applied.push(id);
    }
  } finally {
    db.pragma(`foreign_keys = ${foreignKeys === 1 ? 'ON' : 'OFF'}`);
  }
}

/** Does not write or take the write lock, so that a current database can be opened while writes fail. */
function isCurrent(db: Database, migrations: readonly Migration[]): boolean {
  const isThere = db.prepare(
    `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '${MIGRATIONS_TABLE}'`,
  );
  if (isThere.get() === undefined) return false;
  const rows = recorded(db);
  checkRecorded(rows, migrations, db.name);
  return rows.length === migrations.length;
}

function recorded(db: Database): AppliedRow[] {
  return db
    .prepare<[], AppliedRow>(`SELECT position, id, sha256 FROM ${MIGRATIONS_TABLE} ORDER BY position`)
    .all();
}

/**
 * Reads the record under the write lock, so that two programs that start together do not apply a migration
 * twice.
 */
function applyNext(db: Database, migrations: readonly Migration[]): string | undefined {
  db.exec('BEGIN IMMEDIATE');
  try {
    const rows = recorded(db);
    checkRecorded(rows, migrations, db.name);
    const next = migrations[rows.length];
    if (next === undefined) {
      db.exec('COMMIT');
      return undefined;
    }
    applyOne(db, next);
    db.prepare(`INSERT INTO ${MIGRATIONS_TABLE} (position, id, sha256) VALUES (?, ?, ?)`).run(
      rows.length + 1,
      next.id,
      checksum(next.sql),
    );
    db.exec('COMMIT');
    return next.id;
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
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
      `migration ${migration.id} ended its own transaction: remove BEGIN, COMMIT and ROLLBACK from it, and restore ${db.name} from a backup`,
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
