// Opens a database that no controller writes through this connection: one to look at, or a copy.

import type { Database } from 'better-sqlite3';
import SqliteDatabase from 'better-sqlite3';

/** Opens a database to read it, beside a controller that may use it. The caller closes it. */
export function openToRead(path: string): Database {
  return new SqliteDatabase(path, { readonly: true });
}

/**
 * Opens a database that nobody else uses, and makes it one file: a write-ahead log that was left is taken
 * into it. The caller closes it.
 */
export function openAsOneFile(path: string): Database {
  const db = new SqliteDatabase(path, { fileMustExist: true });
  try {
    db.pragma('trusted_schema = OFF');
    db.pragma('journal_mode = DELETE');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
