// The table of denials that the brake counts has the rows that memory has, and does not grow.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseNodeId } from '@mesh/primitives';
import type { RecentCut } from '@mesh/scoring';
import SqliteDatabase from 'better-sqlite3';
import { expect, it } from 'vitest';
import { BrakeRows, readBrakeCuts } from '../../src/store/brake-rows.ts';

const cut = (nodeId: string, atMs: number): RecentCut => ({
  nodeId: parseNodeId(nodeId),
  atMs,
  causes: ['below_threshold overall'],
  shortfall: 0.1,
});

it('has a row for each denial that is counted, and none for one that no window reaches any more', () => {
  const db = new SqliteDatabase(':memory:');
  db.exec(readFileSync(join(import.meta.dirname, '../../src/store/schema.sql'), 'utf8'));
  const rows = new BrakeRows(db);
  const [a, b, again] = [cut('node-a', 1), cut('node-b', 2), cut('node-a', 3)];
  rows.write([a, b], []);
  expect(readBrakeCuts(db)).toEqual([a, b]);
  rows.write([b, again], [a, b]);
  expect(readBrakeCuts(db)).toEqual([b, again]);
  const late = cut('node-c', 4_000_000);
  rows.write([late], [b, again]);
  expect(readBrakeCuts(db)).toEqual([late]);
  db.close();
});
