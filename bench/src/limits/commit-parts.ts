// Commits alone: the row of a message in a transaction, synced to the disk of the temporary folder before the
// commit returns (WAL, synchronous=FULL). The operation is one row.

import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from '@mesh/host';
import { type Part, perOperation } from './part.ts';
import type { SampleMessage } from './sample-message.ts';

/** @param rows how many rows share a commit and its sync */
export const commitName = (rows: number): string =>
  rows === 1 ? 'row of a synced commit, alone in it' : `row of a synced commit of ${rows}`;

export function commitRows(rows: number, { text }: Pick<SampleMessage, 'text'>, turnMs: number): Part {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-bench-commits-'));
  const db = openSqlite(join(folder, 'commits.db'), { migrations: [] });
  db.exec('CREATE TABLE message (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT');
  const insert = db.prepare('INSERT INTO message (body) VALUES (?)');
  const commit = db.transaction(() => {
    for (let row = 0; row < rows; row++) insert.run(text);
  });
  return {
    name: commitName(rows),
    run: async () => {
      // The file does not grow from turn to turn.
      db.exec('DELETE FROM message');
      const cpu = process.cpuUsage();
      const startedMs = performance.now();
      let commits = 0;
      do {
        commit();
        commits += 1;
      } while (performance.now() - startedMs < turnMs);
      return perOperation(commits * rows, performance.now() - startedMs, process.cpuUsage(cpu));
    },
    close: async () => {
      db.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
