// Results are written into short rows, and their details are sealed together. A database from before goes on
// where it was.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSqlite } from '@mesh/host';
import { done } from '@mesh/membership';
import { parseNodeId } from '@mesh/primitives';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrations } from '../../src/store/migrations/index.ts';
import { newDirectory, openJournal, removeDirectory, sealerOf } from '../support/journal.ts';
import { tokenOf } from '../support/journal-commands.ts';

let directory: string;
beforeEach(() => {
  directory = newDirectory();
});
afterEach(() => removeDirectory(directory));

type Opened = ReturnType<typeof openJournal>;
const A = parseNodeId('node-a');
const B = parseNodeId('node-b');

const scoresOf = (opened: Opened, nodeId = A, limit = 100) =>
  opened.reader
    .read({ nodeId, limit })
    .flatMap(({ index, entry, details }) =>
      entry.type === 'benchmark_accepted' ? [[index, (details as never as Scored).scores.overall]] : [],
    );
interface Scored {
  readonly scores: { readonly overall: number };
}
const submit = ({ journal, mesh }: Opened, nodeId: string, overall: number) =>
  journal.run(mesh.submission(nodeId, { overall }));
const enrol = async ({ journal, mesh }: Opened) => {
  await journal.run(tokenOf('t1', 9));
  await journal.run(mesh.enrolment('node-a', 't1'));
  await journal.run(mesh.enrolment('node-b', 't1'));
};

describe('the entries of a node', () => {
  it('are found through its chain of benchmarks and the index of the others, in the order of the log', async () => {
    const opened = openJournal(directory);
    await enrol(opened);
    for (const [nodeId, overall] of [
      ['node-a', 0.9],
      ['node-b', 0.8],
      ['node-a', 0.85],
      ['node-a', 0.95],
    ] as const)
      await submit(opened, nodeId, overall);
    const indices = opened.reader
      .read({ nodeId: A, limit: 100 })
      .map(({ index, entry }) => [index, entry.type]);
    expect(indices).toEqual([...indices].sort(([one], [other]) => Number(one) - Number(other)));
    expect(indices.map(([, type]) => type)).toContain('node_enrolled');
    expect(scoresOf(opened).map(([, overall]) => overall)).toEqual([0.9, 0.85, 0.95]);
    expect(scoresOf(opened, B).map(([, overall]) => overall)).toEqual([0.8]);
    const all = opened.reader.read({ nodeId: A, limit: 100 });
    for (let limit = 1; limit <= all.length; limit++)
      expect(opened.reader.read({ nodeId: A, limit })).toEqual(all.slice(-limit));
    await opened.close();
    const again = openJournal(directory);
    expect(again.reader.read({ nodeId: A, limit: 100 })).toEqual(all);
    await submit(again, 'node-a', 0.7);
    expect(scoresOf(again).map(([, overall]) => overall)).toEqual([0.9, 0.85, 0.95, 0.7]);
    await again.close();
  });

  it('of one commit are sealed together, and each opens for itself', async () => {
    const opened = openJournal(directory);
    await enrol(opened);
    await Promise.all([submit(opened, 'node-a', 0.9), submit(opened, 'node-b', 0.8)]);
    const batches = opened.db.prepare('SELECT first_index, last_index FROM log_detail_batches').all();
    expect(batches).toEqual([{ first_index: 3, last_index: expect.any(Number) }]);
    expect([scoresOf(opened), scoresOf(opened, B)]).toEqual([[[3, 0.9]], [[expect.any(Number), 0.8]]]);
    await opened.close();
  });

  it('whose command fails leave no details behind, and those of its batch are all there', async () => {
    const opened = openJournal(directory);
    await enrol(opened);
    const { journal, mesh } = opened;
    const results = await Promise.allSettled([
      submit(opened, 'node-a', 0.9),
      journal.run((view, context) => {
        mesh.submission('node-a', { overall: 0.1 })(view, context);
        throw new Error('a bug');
      }),
      journal.run(() =>
        done([{ type: 'node_left', nodeId: parseNodeId('nobody'), sequence: 1, instanceId: 'i' }]),
      ),
      submit(opened, 'node-b', 0.8),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect([scoresOf(opened), scoresOf(opened, B)]).toMatchObject([[[3, 0.9]], [[expect.any(Number), 0.8]]]);
    await opened.close();
    const again = openJournal(directory);
    expect(again.state.node(A)?.latest?.scores).toEqual({ overall: 0.9 });
    expect(again.state.node(B)?.latest?.scores).toEqual({ overall: 0.8 });
    await again.close();
  });
});

describe('a database from before there were short rows', () => {
  /** As the version before wrote it. */
  function writeOldDatabase(): void {
    const sealer = sealerOf(new Uint8Array(32).fill(7));
    const old = openSqlite(join(directory, 'controller.db'), { migrations: migrations.slice(0, 5) });
    const text = (path: string) => readFileSync(join(import.meta.dirname, path), 'utf8');
    const latest = JSON.parse(text('../fixtures/old-rows/latest.json')) as { sequence: number };
    const entries = JSON.parse(text('../fixtures/old-rows/entries.json')) as {
      entry: string;
      opening?: unknown;
    }[];
    old.exec(text('../fixtures/old-rows/rows.sql'));
    old
      .prepare('UPDATE nodes SET latest = ?')
      .run(sealer.seal('latest-benchmark', 'node-a', Buffer.from(JSON.stringify(latest))));
    for (const [index, { entry, opening }] of entries.entries()) {
      const nodeId = (JSON.parse(entry) as { node_id?: string }).node_id ?? null;
      old.prepare('INSERT INTO log_entries VALUES (?, ?, ?)').run(index, nodeId, Buffer.from(entry));
      if (opening !== undefined)
        old
          .prepare('INSERT INTO log_details VALUES (?, ?, ?)')
          .run(
            index,
            nodeId,
            sealer.seal('log-details', String(index), Buffer.from(JSON.stringify(opening))),
          );
    }
    old.close();
  }

  it('keeps its nodes, its log and its details, and its next results follow', async () => {
    writeOldDatabase();
    const opened = openJournal(directory);
    const before = opened.state.node(A);
    expect(before).toMatchObject({
      latest: { scores: { overall: 0.91 }, sequence: 2 },
      goodStreak: { count: 1 },
      sequences: { benchmark: 2 },
    });
    expect(scoresOf(opened)).toEqual([
      [2, 0.9],
      [3, 0.91],
    ]);
    // A change that is no result leaves the sealed benchmark where it is.
    await opened.journal.run(() =>
      done([{ type: 'node_quarantined', nodeId: A, actor: { kind: 'socket' }, why: 'a look' }]),
    );
    expect(hasSealedRow(opened)).toBe(true);
    await opened.close();
    const again = openJournal(directory);
    expect(again.state.node(A)?.latest).toEqual(before?.latest);
    await submit(again, 'node-a', 0.8);
    expect(scoresOf(again).map(([, overall]) => overall)).toEqual([0.9, 0.91, 0.8]);
    expect(scoresOf(again, A, 1)).toHaveLength(1);
    // Now the scores stand with the log alone.
    expect(hasSealedRow(again)).toBe(false);
    await again.close();
    const last = openJournal(directory);
    expect(last.state.node(A)?.latest?.scores.overall).toBe(0.8);
    await last.close();
  });

  const hasSealedRow = ({ db }: Opened): boolean =>
    db.prepare('SELECT latest FROM nodes').pluck().get() !== null;
});
