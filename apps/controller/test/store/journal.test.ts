// The only writer, over a real file: one transaction for state and log, and nothing that a restart would
// lose.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompactRange, commitDetails, leafHash, parseEntry } from '@mesh/audit';
import { openSqlite } from '@mesh/host';
import { dumpSchema } from '@mesh/host/test-kit';
import type { MeshView } from '@mesh/membership';
import { rejectMessage } from '@mesh/membership';
import { decodeBase64, encodeBase64, parseNodeId, parseStrictJson } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import SqliteDatabase from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NOW } from '../../../../packages/membership/test/support/mesh.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import { newDirectory, openJournal, removeDirectory } from '../support/journal.ts';
import { freezeNext, tokenOf } from '../support/journal-commands.ts';

let directory: string;
beforeEach(() => {
  directory = newDirectory();
});
afterEach(() => removeDirectory(directory));

type Opened = ReturnType<typeof openJournal>;
const rows = (db: Opened['db']) =>
  db.prepare('SELECT log_index, entry FROM log_entries ORDER BY log_index').all() as {
    log_index: number;
    entry: Uint8Array;
  }[];
const rootOf = (db: Opened['db']): string => {
  const range = new CompactRange();
  for (const { entry } of rows(db)) range.append(leafHash(entry));
  return encodeBase64(range.root());
};
const snapshot = (view: MeshView) => ({
  nodes: [...view.nodes()].sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1)),
  epochs: view.epochs(),
});

describe('the schema', () => {
  it('after all migrations is what schema.sql says', () => {
    const migrated = openSqlite(join(directory, 'migrated.db'), { migrations });
    const fresh = new SqliteDatabase(join(directory, 'fresh.db'));
    fresh.exec(readFileSync(new URL('../../src/store/schema.sql', import.meta.url), 'utf8'));
    expect(dumpSchema(migrated)).toEqual(dumpSchema(fresh));
    fresh.exec('ALTER TABLE meta ADD COLUMN planted TEXT');
    expect(dumpSchema(migrated)).not.toEqual(dumpSchema(fresh));
    migrated.close();
    fresh.close();
  });

  it('refuses to change or drop a log entry', async () => {
    const opened = openJournal(directory);
    await opened.journal.run(tokenOf('t'));
    expect(() => opened.db.exec("UPDATE log_entries SET node_id = 'x'")).toThrow('append-only');
    expect(() => opened.db.exec('DELETE FROM log_entries')).toThrow('append-only');
    expect(() =>
      opened.db.exec("INSERT OR REPLACE INTO log_entries (log_index, entry) VALUES (0, x'00')"),
    ).toThrow('append-only');
    await opened.close();
  });
});

describe('a batch', () => {
  it('with refused and failing items leaves no gap, and the root is that of the rows', async () => {
    const opened = openJournal(directory);
    const { journal, mesh } = opened;
    const results = await Promise.allSettled([
      journal.run(tokenOf('t1')),
      journal.run(mesh.enrolment('node-a', 't1')),
      journal.run(mesh.enrolment('node-b', 'nobody')),
      journal.run(() => {
        throw new Error('a bug in a command');
      }),
      journal.run(
        rejectMessage(parseNodeId('node-a'), 'benchmark', { code: 'bad_signature', detail: 'x' } as never),
      ),
      journal.run((view) => freezeNext(view)(view, journal.context())),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    const written = rows(opened.db);
    expect(written.map(({ log_index }) => log_index)).toEqual([0, 1, 2, 3]);
    expect(written.map(({ entry }) => parseEntry(entry).type)).toEqual([
      'token_created',
      'node_enrolled',
      'message_rejected',
      'epoch_opened',
    ]);
    expect(journal.head()).toEqual({ size: 4, rootHash: rootOf(opened.db) });
    await opened.close();
  });

  it('that the disk refuses has no effect on memory, log and later entries', async () => {
    const opened = openJournal(directory);
    const { journal, mesh, db, state } = opened;
    await journal.run(tokenOf('t1'));
    const before = [snapshot(state), journal.head()];
    db.pragma('query_only = ON');
    const refused = await Promise.allSettled([
      journal.run(mesh.enrolment('node-a', 't1')),
      journal.run((view) => freezeNext(view)(view, journal.context())),
    ]);
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect([journal.failing, journal.failingSinceMs]).toEqual([true, NOW]);
    expect([snapshot(state), journal.head()]).toEqual(before);
    db.pragma('query_only = OFF');
    await journal.run(mesh.enrolment('node-a', 't1'));
    expect(journal.failing).toBe(false);
    expect(journal.head()).toEqual({ size: 2, rootHash: rootOf(db) });
    await opened.close();
  });

  it('whose listener fails is fatal: memory and disk may differ', async () => {
    const opened = openJournal(directory);
    opened.journal.onCommit(() => {
      throw new Error('a bug in a listener');
    });
    await expect(opened.journal.run(tokenOf('t1'))).rejects.toThrow('restart');
    await expect(opened.journal.run(tokenOf('t2'))).rejects.toThrow('restart');
    expect(opened.broken).toHaveLength(1);
    await opened.close();
  });
});

describe('details of an entry', () => {
  it('open the commitment and can be erased; the log verifies without them', async () => {
    const opened = openJournal(directory);
    const { journal, mesh, db, sealer, reader } = opened;
    await journal.run(tokenOf('t1'));
    await journal.run(mesh.enrolment('node-a', 't1'));
    await journal.run(mesh.submission('node-a', { overall: 0.875 }));
    const [row] = reader.read({ from: 2, limit: 1 });
    expect(row?.details).toMatchObject({ scores: { overall: 0.875 } });
    const { sealed } = db.prepare('SELECT sealed FROM log_detail_batches WHERE first_index = 2').get() as {
      sealed: Uint8Array;
    };
    const [opening] = parseStrictJson(
      Buffer.from(sealer.open('log-detail-batch', '2-2', sealed)).toString(),
    ) as { salt: string; details: never }[];
    const { entry } = rows(db)[2] ?? { entry: new Uint8Array() };
    expect(parseEntry(entry).detailsCommitment).toBe(
      commitDetails(decodeBase64(opening?.salt ?? ''), opening?.details ?? null),
    );
    // What was sealed for one place does not open for another.
    expect(() => sealer.open('log-detail-batch', '1-1', sealed)).toThrow();
    const head = journal.head();
    db.exec('DELETE FROM log_detail_batches');
    expect(reader.read({ from: 2, limit: 1 })[0]).not.toHaveProperty('details');
    await opened.close();
    const again = openJournal(directory);
    expect([again.journal.head(), rootOf(again.db)]).toEqual([head, head.rootHash]);
    await again.close();
  });
});

describe('a restart', () => {
  const script = fc.array(
    fc.record({
      what: fc.constantFrom('enrol', 'good', 'bad', 'replay', 'freeze', 'reject', 'quarantine'),
      node: fc.integer({ min: 0, max: 3 }),
      score: fc.double({ min: 0, max: 1, noNaN: true }).filter((score) => !Object.is(score, -0)),
    }),
    { maxLength: 25 },
  );
  type Step = { what: string; node: number; score: number };

  function command({ mesh, state }: Opened, { what, node, score }: Step) {
    const nodeId = `node-${node}`;
    if (what === 'freeze') return freezeNext(state, NOW + 1);
    if (what === 'enrol') return mesh.enrolment(nodeId, 't1');
    const known = state.node(nodeId);
    if (known === undefined) return undefined;
    if (what === 'reject') {
      return rejectMessage(known.nodeId, 'benchmark', { code: 'bad_signature', detail: 'x' } as never);
    }
    if (what === 'quarantine') {
      const event = {
        type: 'node_quarantined',
        nodeId: parseNodeId(nodeId),
        why: 'x',
        actor: { kind: 'socket' },
      } as const;
      return () => ({ kind: 'done', events: [event] }) as const;
    }
    const sequence = what === 'replay' ? 1 : known.sequences.benchmark + 1;
    const scores = { overall: what === 'bad' ? score / 2 : score, refusal: score };
    return mesh.submission(nodeId, scores, { sequence });
  }

  it('reads the exact state, whatever had happened', async () => {
    await fc.assert(
      fc.asyncProperty(script, async (steps) => {
        const own = newDirectory();
        try {
          let opened = openJournal(own);
          await opened.journal.run(tokenOf('t1'));
          for (const [at, step] of steps.entries()) {
            const next = command(opened, step);
            if (next !== undefined) await opened.journal.run(next as never).catch(() => undefined);
            if (at % 10 !== 9) continue;
            const before = [
              snapshot(opened.state),
              opened.state.token('t1' as TokenId),
              opened.journal.head(),
            ];
            await opened.close();
            opened = openJournal(own);
            expect([
              snapshot(opened.state),
              opened.state.token('t1' as TokenId),
              opened.journal.head(),
            ]).toEqual(before);
          }
          expect(opened.journal.head().rootHash).toBe(rootOf(opened.db));
          await opened.close();
        } finally {
          removeDirectory(own);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('continues the tree from its tiles, which are those of the rows', async () => {
    const opened = openJournal(directory);
    const { journal } = opened;
    await journal.run(tokenOf('t1'));
    await journal.run(opened.mesh.enrolment('node-a', 't1'));
    const objection = { code: 'bad_signature', detail: 'x' } as never;
    await Promise.all(
      Array.from({ length: 700 }, () =>
        journal.run(rejectMessage(parseNodeId('node-a'), 'benchmark', objection)),
      ),
    );
    const head = journal.head();
    expect(head).toEqual({ size: 702, rootHash: rootOf(opened.db) });
    const tiles = () => opened.db.prepare('SELECT level, tile_index, hashes FROM log_tiles').all();
    const leaves = rows(opened.db).map(({ entry }) => Buffer.from(leafHash(entry)));
    expect(tiles()).toEqual(
      [0, 1].map((index) => ({
        level: 0,
        tile_index: index,
        hashes: Buffer.concat(leaves.slice(256 * index, 256 * (index + 1))),
      })),
    );
    await opened.close();
    const again = openJournal(directory);
    expect(again.journal.head()).toEqual(head);
    await again.journal.run(rejectMessage(parseNodeId('node-a'), 'benchmark', objection));
    expect(again.journal.head().rootHash).toBe(rootOf(again.db));
    // The newest rows vanish behind the controller's back.
    again.db.exec(
      'DROP TRIGGER log_entries_refuse_delete; DELETE FROM log_details; DELETE FROM log_entries WHERE log_index >= 500',
    );
    await again.close();
    expect(() => openJournal(directory)).toThrow('tampered');
  });

  it('refuses a log with a hole', async () => {
    const opened = openJournal(directory);
    for (const id of ['t1', 't2', 't3']) await opened.journal.run(tokenOf(id));
    opened.db.exec('DROP TRIGGER log_entries_refuse_delete; DELETE FROM log_entries WHERE log_index = 1');
    await opened.close();
    expect(() => openJournal(directory)).toThrow('gap at index 1');
  });
});

describe('the database file', () => {
  it('shows no score, no token and no reason without the master key', async () => {
    const opened = openJournal(directory);
    const { journal, mesh, db } = opened;
    await journal.run(tokenOf('t1'));
    await journal.run(mesh.enrolment('node-a', 't1'));
    await journal.run(mesh.submission('node-a', { overall: 0.912_345_678, refusal: 0.812_345_678 }));
    db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)').run('planted', '0.712345678');
    db.pragma('wal_checkpoint(TRUNCATE)');
    const bytes = readFileSync(opened.path);
    await opened.close();
    expect(bytes.includes('0.712345678')).toBe(true);
    for (const hidden of ['0.912345678', '0.812345678', 'refusal', 'secret of t1'])
      expect(bytes.includes(hidden)).toBe(false);
    expect(() => openJournal(directory, new Uint8Array(32).fill(8))).toThrow();
  });
});
