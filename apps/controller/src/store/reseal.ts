// Seals everything in the database again, under another master key, in one transaction.

import { wipe } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import { SealedFor, type Sealer } from '../trust/at-rest-sealer.ts';
import { type SealedColumn, sealedColumns } from './sealed-columns.ts';

/**
 * @returns how many values were sealed again
 * @throws HostError `envelope_invalid` if one does not open with `from`: nothing has changed then
 */
export function resealAll(db: Database, from: Sealer, to: Sealer): number {
  // Zeroes what is replaced: the old bytes would otherwise stay in free parts of the file.
  db.pragma('secure_delete = ON');
  let count = 0;
  db.transaction(() => {
    for (const column of sealedColumns) count += resealColumn(db, column, from, to);
  }).immediate();
  // The old bytes are also in the write-ahead log until it is copied and cut off.
  db.pragma('wal_checkpoint(TRUNCATE)');
  return count;
}

interface SealedRow {
  readonly row: number;
  readonly subject: string;
  readonly sealed: Uint8Array;
}

const ROWS_AT_ONCE = 1_000;

function resealColumn(
  db: Database,
  { table, column, purpose, subject }: SealedColumn,
  from: Sealer,
  to: Sealer,
): number {
  const select = db.prepare(
    `SELECT rowid AS row, CAST(${subject} AS TEXT) AS subject, ${column} AS sealed FROM ${table}
     WHERE rowid > ? AND ${column} IS NOT NULL ORDER BY rowid LIMIT ${ROWS_AT_ONCE}`,
  );
  const update = db.prepare(`UPDATE ${table} SET ${column} = ? WHERE rowid = ?`);
  let count = 0;
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const rows = select.all(after) as SealedRow[];
    for (const { row, subject: belongsTo, sealed } of rows) {
      const plaintext = from.open(purpose, belongsTo, sealed);
      update.run(to.seal(purpose, belongsTo, plaintext), row);
      wipe(plaintext);
    }
    count += rows.length;
    const last = rows.at(-1);
    if (last === undefined) return count;
    after = last.row;
  }
}

/** Whether a key opens this database. True where nothing is sealed yet. */
export function opensDatabase(db: Database, sealer: Sealer): boolean {
  const row = db.prepare('SELECT name, sealed FROM sealed_secrets ORDER BY name LIMIT 1').get() as
    | { readonly name: string; readonly sealed: Uint8Array }
    | undefined;
  if (row === undefined) return true;
  try {
    wipe(sealer.open(SealedFor.controllerKey, row.name, row.sealed));
    return true;
  } catch {
    return false;
  }
}
