/**
 * Tries migrations on a copy of a database first. The database itself is not touched before the copy has been
 * migrated, is whole, and has the schema that a new database gets.
 */

import { closeSync, constants, openSync, rmSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import SqliteDatabase from 'better-sqlite3';
import { dumpSchema } from './dump-schema.ts';
import { errorCodeOf, HostError } from './host-error.ts';
import { storageAdvice } from './storage-advice.ts';

/** Where the copy of a database is while it is tried. One that was left by a killed program is replaced. */
export const rehearsalFile = (database: string): string => `${database}.migrating`;

/**
 * Copies a database, migrates the copy, checks it and removes it. It needs as much room as the database.
 *
 * @param apply brings a database to the newest schema
 * @throws HostError `migration_failed` if the copy cannot be migrated or is not whole then,
 *   `schema_unexpected` if it has another schema than a new database, `database_full` if there is no room for
 *   it. The database is as it was
 */
export function rehearseMigrations(db: Database, apply: (db: Database) => unknown): void {
  const file = rehearsalFile(db.name);
  removeCopy(file);
  try {
    copyInto(db, file);
    const copy = new SqliteDatabase(file);
    try {
      // Nobody needs the copy after a crash.
      copy.pragma('journal_mode = MEMORY');
      copy.pragma('synchronous = OFF');
      copy.pragma('trusted_schema = OFF');
      tryOn(copy, db.name, apply);
    } finally {
      copy.close();
    }
  } finally {
    removeCopy(file);
  }
}

function copyInto(db: Database, file: string): void {
  // SQLite would give a file that it makes itself the mode that the umask leaves.
  closeSync(openSync(file, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600));
  try {
    db.prepare('VACUUM INTO ?').run(file);
  } catch (error) {
    const code = errorCodeOf(error) ?? 'unknown';
    if (code !== 'SQLITE_FULL') throw error;
    throw new HostError(
      'database_full',
      `${db.name} has to be migrated, and there is no room for the copy that this is tried on (${code}); nothing was changed: ${storageAdvice(db.name, code)}`,
      { cause: error },
    );
  }
}

function tryOn(copy: Database, name: string, apply: (db: Database) => unknown): void {
  const unchanged = `${name} itself is unchanged, and the program that wrote it last can still use it`;
  try {
    apply(copy);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error';
    throw new HostError('migration_failed', `${why}; this was tried on a copy: ${unchanged}`, {
      cause: error instanceof HostError ? error.cause : error,
    });
  }
  const found = String(copy.pragma('quick_check(1)', { simple: true }));
  if (found !== 'ok')
    throw new HostError(
      'migration_failed',
      `a migrated copy of ${name} is damaged (${found}): restore a backup; ${unchanged}`,
    );
  const difference = differenceBetween(schemaOf(apply), dumpSchema(copy));
  if (difference !== undefined)
    throw new HostError(
      'schema_unexpected',
      `a migrated copy of ${name} ${difference}: somebody has changed its schema by hand; undo that, or restore a backup; ${unchanged}`,
    );
}

/** The schema of a new database. */
function schemaOf(apply: (db: Database) => unknown): string {
  const fresh = new SqliteDatabase(':memory:');
  try {
    apply(fresh);
    return dumpSchema(fresh);
  } finally {
    fresh.close();
  }
}

function differenceBetween(expected: string, found: string): string | undefined {
  const [wanted, there] = [expected.split('\n'), found.split('\n')];
  const [missing] = wanted.filter((statement) => !there.includes(statement));
  if (missing !== undefined) return `lacks "${shortened(missing)}"`;
  const [added] = there.filter((statement) => !wanted.includes(statement));
  return added === undefined ? undefined : `has "${shortened(added)}" in addition`;
}

const shortened = (statement: string): string =>
  statement.length <= 100 ? statement : `${statement.slice(0, 100)}…`;

function removeCopy(file: string): void {
  for (const name of [file, `${file}-journal`]) rmSync(name, { force: true });
}
