// Seals everything in the database again, under another master key: in one transaction, or some values at a
// time while the controller works.

import { wipe } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import { SealedFor, type Sealer } from '../trust/at-rest-sealer.ts';
import { cutOffLog, overwriting } from './overwriting.ts';
import { type SealedColumn, sealedColumns } from './sealed-columns.ts';

/**
 * @param alsoWrite runs within the transaction
 * @returns how many values were sealed again
 * @throws HostError `envelope_invalid` if one does not open with `from`: nothing has changed then
 */
export function resealAll(
  db: Database,
  from: Sealer,
  to: Sealer,
  alsoWrite: () => void = () => undefined,
): number {
  let count = 0;
  overwriting(db, () => {
    db.transaction(() => {
      for (const column of sealedColumns)
        for (const part of partsOf(db, column)) {
          for (const row of part) resealRow(db, column, row, from, to);
          count += part.length;
        }
      alsoWrite();
    }).immediate();
  });
  cutOffLog(db);
  return count;
}

/**
 * The same in a transaction for each part. What is written between the parts has to be sealed with `to`.
 *
 * @param from opens what either key sealed
 * @returns for each part how many values were looked at
 * @throws as {@link resealAll}; the parts before are sealed again then
 */
export function* resealInParts(db: Database, from: Sealer, to: Sealer): Generator<number> {
  for (const column of sealedColumns)
    for (const part of partsOf(db, column)) {
      const seal = db.transaction(() => {
        for (const row of part) resealRow(db, column, row, from, to);
      });
      overwriting(db, () => seal.immediate());
      yield part.length;
    }
  cutOffLog(db);
}

export function countSealed(db: Database): number {
  const counts = sealedColumns.map(
    ({ table, column }) => db.prepare(`SELECT count(${column}) FROM ${table}`).pluck().get() as number,
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

interface SealedRow {
  readonly row: number;
  readonly subject: string;
  readonly sealed: Uint8Array;
}

/** A few milliseconds of work. */
const ROWS_AT_ONCE = 256;

/** Reads the next part when it is asked for, so a part is as it is at that time. */
function* partsOf(db: Database, { table, column, subject }: SealedColumn): Generator<readonly SealedRow[]> {
  const select = db.prepare(
    `SELECT rowid AS row, CAST(${subject} AS TEXT) AS subject, ${column} AS sealed FROM ${table}
     WHERE rowid > ? AND ${column} IS NOT NULL ORDER BY rowid LIMIT ${ROWS_AT_ONCE}`,
  );
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const rows = select.all(after) as SealedRow[];
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    after = last.row;
  }
}

function resealRow(
  db: Database,
  { table, column, purpose }: SealedColumn,
  { row, subject, sealed }: SealedRow,
  from: Sealer,
  to: Sealer,
): void {
  const plaintext = from.open(purpose, subject, sealed);
  db.prepare(`UPDATE ${table} SET ${column} = ? WHERE rowid = ?`).run(
    to.seal(purpose, subject, plaintext),
    row,
  );
  wipe(plaintext);
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
