// kill -9 in the middle of a batch, again and again on one file: every acknowledged item is complete on disk,
// and every batch is complete or absent.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSqlite } from '../src/index.ts';
import { runProgram } from './support/run-program.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const directory = temporaryDirectory();
const BATCH = 20;
const SCHEMA_SQL =
  'CREATE TABLE pairs (n INTEGER NOT NULL, half INTEGER NOT NULL, PRIMARY KEY (n, half)) STRICT';

describe('a process killed while it commits', () => {
  it('loses nothing that it acknowledged and leaves no half batch', async () => {
    const path = join(directory, 'killed.db');
    const acknowledged: number[] = [];
    let first = 1;
    for (const linesBeforeKill of [1, 7, 30, 90]) {
      const program = runProgram('commit-batches.ts', [path, String(first)]);
      await program.lineWhere(() => program.lines.length >= linesBeforeKill);
      await program.kill();
      for (const line of program.lines) acknowledged.push(...line.split(',').map(Number));

      const db = openSqlite(path, { migrations: [{ id: '0001-pairs', sql: SCHEMA_SQL }] });
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      const whole = new Set(db.prepare('SELECT n FROM pairs GROUP BY n HAVING count(*) = 2').pluck().all());
      expect(acknowledged.filter((n) => !whole.has(n))).toEqual([]);
      const halves = db.prepare('SELECT count(*) FROM pairs').pluck().get();
      expect(halves).toBe(whole.size * 2);
      // Items of one batch start at `first` plus a multiple of its size.
      const batches = db
        .prepare('SELECT count(*) FROM pairs WHERE half = 0 GROUP BY (n - 1) / 20')
        .pluck()
        .all();
      expect(new Set(batches)).toEqual(new Set([BATCH]));
      first = whole.size + 1;
      db.close();
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual((1 + 7 + 30 + 90) * BATCH);
  });

  it.each([
    ['grouped', 'leaves nothing of its batch', 0, 0],
    ['plain', 'leaves half of it (control: without the transaction this test can fail)', 14, 29],
  ] as const)('%s writes, killed between the two rows of an item: %s', async (form, _, wholes, rows) => {
    const path = join(directory, `between-${form}.db`);
    const program = runProgram('commit-batches.ts', [path, '1', form, '15']);
    await program.gone;
    expect(program.child.signalCode).toBe('SIGKILL');
    expect(program.lines).toEqual([]);
    const db = openSqlite(path, { migrations: [{ id: '0001-pairs', sql: SCHEMA_SQL }] });
    expect(db.prepare('SELECT count(*) FROM pairs').pluck().get()).toBe(rows);
    expect(
      db.prepare('SELECT count(*) FROM (SELECT n FROM pairs GROUP BY n HAVING count(*) = 2)').pluck().get(),
    ).toBe(wholes);
    db.close();
  });
});
