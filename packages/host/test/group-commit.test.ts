// Group commit: acknowledged items are on disk, a bad item undoes only itself, memory follows the disk.

import { join } from 'node:path';
import SqliteDatabase, { type Database } from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  GroupCommit,
  type GroupCommitHooks,
  type GroupCommitOptions,
  openSqlite,
  StorageUnavailable,
} from '../src/index.ts';
import { rejectionOf } from './support/error-of.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const directory = temporaryDirectory();
const migrations = [{ id: '1', sql: 'CREATE TABLE t (x INTEGER PRIMARY KEY, pad BLOB) STRICT' }];
let count = 0;

class OwnError extends Error {}

/**
 * Inserts numbers; multiples of 10 write their row and then fail. Keeps a draft the way the controller does.
 */
function open(
  { apply, ...extra }: Partial<GroupCommitHooks<number, number>> = {},
  options: GroupCommitOptions = {},
) {
  count += 1;
  const path = join(directory, `${count}.db`);
  const db = openSqlite(path, { migrations, busyTimeoutMs: 0 });
  const trace: string[] = [];
  const memory: number[] = [];
  let draft: number[] = [];
  let layer: number[] = [];
  const commits = new GroupCommit<number, number>(
    db,
    {
      begin: () => {
        trace.push('begin');
        draft = [];
      },
      itemBegin: () => {
        layer = [];
      },
      apply: (database, x) => {
        trace.push(`apply ${x}`);
        layer.push(x);
        if (apply !== undefined) return apply(database, x);
        database.prepare('INSERT INTO t (x) VALUES (?)').run(x);
        if (x % 10 === 0) throw new OwnError(`no ${x}`);
        return x * 2;
      },
      itemApplied: () => {
        draft.push(...layer);
      },
      itemRolledBack: (x) => trace.push(`undone ${x}`),
      committed: (outcomes) => {
        trace.push(`committed ${outcomes.map((outcome) => outcome.item).join(',')}`);
        memory.push(...draft);
      },
      rolledBack: () => trace.push('rolled back'),
      ...extra,
    },
    options,
  );
  return { path, db, commits, trace, memory };
}

/** The rows that another process would find. */
function onDisk(path: string): unknown[] {
  const other = new SqliteDatabase(path, { readonly: true });
  try {
    return other.prepare('SELECT x FROM t ORDER BY x').pluck().all();
  } finally {
    other.close();
  }
}

describe('a batch', () => {
  it('is one transaction in the order of arrival, with memory merged before anyone is answered', async () => {
    const { path, commits, trace, memory } = open();
    const answers = [3, 1, 2].map((x) =>
      commits.enqueue(x).then((result) => {
        trace.push(`answered ${x}`);
        expect(memory).toContain(x);
        expect(onDisk(path)).toContain(x);
        return result;
      }),
    );
    expect(trace).toEqual([]);
    expect(await Promise.all(answers)).toEqual([6, 2, 4]);
    expect(trace).toEqual([
      'begin',
      'apply 3',
      'apply 1',
      'apply 2',
      'committed 3,1,2',
      'answered 3',
      'answered 1',
      'answered 2',
    ]);
  });

  it('is not visible to other connections before its commit', async () => {
    const seen: unknown[][] = [];
    const { path, commits } = open({
      apply: (db, x) => {
        db.prepare('INSERT INTO t (x) VALUES (?)').run(x);
        seen.push(onDisk(path));
        return x;
      },
    });
    await Promise.all([commits.enqueue(1), commits.enqueue(2)]);
    expect(seen).toEqual([[], []]);
    expect(onDisk(path)).toEqual([1, 2]);
  });

  it('undoes only the item that fails, with its rows and its part of the draft', async () => {
    const { path, commits, trace, memory } = open();
    const outcomes = await Promise.allSettled([1, 10, 2, 2, 3].map((x) => commits.enqueue(x)));
    expect(outcomes.map((outcome) => outcome.status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(outcomes[1]).toMatchObject({ reason: expect.any(OwnError) });
    expect(outcomes[3]).toMatchObject({ reason: { code: 'SQLITE_CONSTRAINT_PRIMARYKEY' } });
    expect(trace.filter((line) => line.startsWith('undone'))).toEqual(['undone 10', 'undone 2']);
    expect(memory).toEqual([1, 2, 3]);
    expect(onDisk(path)).toEqual([1, 2, 3]);
  });

  it('without a bad item is applied once; with one it starts again, in a new draft', async () => {
    const good = open();
    await Promise.all([1, 2].map((x) => good.commits.enqueue(x)));
    expect(good.trace).toEqual(['begin', 'apply 1', 'apply 2', 'committed 1,2']);
    const bad = open();
    await Promise.allSettled([1, 10, 2].map((x) => bad.commits.enqueue(x)));
    expect(bad.trace).toEqual([
      ...['begin', 'apply 1', 'apply 10'],
      ...['begin', 'apply 1', 'apply 10', 'undone 10', 'apply 2', 'committed 1,2'],
    ]);
  });

  it('ends with the rows of the whole batch, in the same transaction', async () => {
    let size = 0;
    const seen: unknown[][] = [];
    const { db, path, commits } = open({
      itemApplied: () => {
        size += 1;
      },
      batchApplied: () => {
        db.prepare('INSERT INTO t (x) VALUES (?)').run(100 + size);
        seen.push(onDisk(path));
      },
    });
    await Promise.all([1, 2, 3].map((x) => commits.enqueue(x)));
    expect(seen).toEqual([[]]);
    expect(onDisk(path)).toEqual([1, 2, 3, 103]);
  });

  it('is undone when the disk fails at its last rows', async () => {
    const { path, commits, trace } = open({
      batchApplied: () => {
        throw Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
      },
    });
    expect(await rejectionOf(commits.enqueue(1))).toBeInstanceOf(StorageUnavailable);
    expect(trace).toEqual(['begin', 'apply 1', 'rolled back']);
    expect(onDisk(path)).toEqual([]);
  });

  it('refuses an apply that returns a promise, and undoes what it wrote', async () => {
    const asynchronous = (db: Database, x: number): number => {
      db.prepare('INSERT INTO t (x) VALUES (?)').run(x);
      return Promise.resolve(x) as unknown as number;
    };
    const { path, commits } = open({ apply: asynchronous });
    expect((await rejectionOf(commits.enqueue(1))).code).toBe('invalid_argument');
    expect(onDisk(path)).toEqual([]);
  });

  it('holds at most maxBatch items; the rest follow by themselves', async () => {
    const { path, commits, trace } = open({}, { maxBatch: 3 });
    await Promise.all([1, 2, 3, 4, 5, 6, 7].map((x) => commits.enqueue(x)));
    expect(trace.filter((line) => line.startsWith('committed'))).toEqual([
      'committed 1,2,3',
      'committed 4,5,6',
      'committed 7',
    ]);
    expect(onDisk(path)).toHaveLength(7);
  });

  it('leaves items that are enqueued while it runs to the next batch', async () => {
    let later: Promise<number> | undefined;
    const { commits, trace } = open({
      itemApplied: (x) => {
        if (x === 1) later = commits.enqueue(2);
      },
    });
    await commits.enqueue(1);
    expect(await later).toBe(4);
    expect(trace).toEqual(['begin', 'apply 1', 'committed 1', 'begin', 'apply 2', 'committed 2']);
  });

  it('lets apply use its own transactions', async () => {
    const { path, commits } = open({
      apply: (db, x) => {
        db.transaction(() => db.prepare('INSERT INTO t (x) VALUES (?)').run(x))();
        return x;
      },
    });
    await Promise.allSettled([commits.enqueue(1), commits.enqueue(1), commits.enqueue(2)]);
    expect(onDisk(path)).toEqual([1, 2]);
  });

  it('leaves disk, memory and answers in agreement for any mix of items and batch sizes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 7 }),
        async (items, maxBatch) => {
          const { path, db, commits, memory } = open({}, { maxBatch });
          const outcomes = await Promise.allSettled(items.map((x) => commits.enqueue(x)));
          const acknowledged = items.filter((_, index) => outcomes[index]?.status === 'fulfilled');
          expect(acknowledged).toEqual([...new Set(items.filter((x) => x % 10 !== 0))]);
          expect(memory).toEqual(acknowledged);
          expect(onDisk(path)).toEqual([...acknowledged].sort((a, b) => a - b));
          db.close();
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('a disk that fails', () => {
  const padded = (db: Database, x: number) => {
    db.prepare('INSERT INTO t (x, pad) VALUES (?, zeroblob(?))').run(x, x >= 100 ? 200_000 : 10);
    return x;
  };

  it('rejects the whole batch when it is full, keeps the old rows, and goes on once there is room', async () => {
    const { path, db, commits, trace, memory } = open({ apply: padded });
    await commits.enqueue(1);
    db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true })) + 3}`);
    trace.length = 0;
    const outcomes = await Promise.allSettled([2, 100, 3].map((x) => commits.enqueue(x)));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: expect.any(StorageUnavailable) });
    expect(outcomes[0]).toMatchObject({ reason: { message: expect.stringContaining('SQLITE_FULL') } });
    expect(trace).toEqual(['begin', 'apply 2', 'apply 100', 'rolled back']);
    expect(memory).toEqual([1]);
    expect(onDisk(path)).toEqual([1]);

    db.pragma('max_page_count = 100000');
    expect(await Promise.all([2, 100, 3].map((x) => commits.enqueue(x)))).toEqual([2, 100, 3]);
    expect(memory).toEqual([1, 2, 100, 3]);
    expect(onDisk(path)).toEqual([1, 2, 3, 100]);
  });

  it('is noticed even when apply hides the error', async () => {
    const { path, db, commits } = open({
      apply: (database, x) => {
        try {
          return padded(database, x);
        } catch {
          return 0;
        }
      },
    });
    db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true })) + 3}`);
    const outcomes = await Promise.allSettled([1, 100].map((x) => commits.enqueue(x)));
    const acknowledged = outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? [outcome.value] : [],
    );
    expect(onDisk(path)).toEqual(acknowledged.filter((x) => x !== 0));
    expect(acknowledged).not.toContain(100);
  });

  it('rejects the batch when another process holds the write lock, and goes on when it lets go', async () => {
    const { path, commits, trace } = open();
    const other = new SqliteDatabase(path);
    other.exec('BEGIN IMMEDIATE');
    const error = await rejectionOf(commits.enqueue(1));
    expect(error).toBeInstanceOf(StorageUnavailable);
    expect(error.message).toContain('SQLITE_BUSY');
    expect(trace).toEqual(['begin', 'rolled back']);
    other.exec('ROLLBACK');
    other.close();
    expect(await commits.enqueue(1)).toBe(2);
  });

  it('rejects the items of a failing commit', async () => {
    // COMMIT itself checks a deferred foreign key. Nothing else makes only that statement fail.
    const { db, path, commits, trace } = open();
    db.exec('CREATE TABLE child (x INTEGER REFERENCES t (x) DEFERRABLE INITIALLY DEFERRED) STRICT');
    const orphan = new GroupCommit<number, number>(db, {
      apply: (database, x) => {
        database.prepare('INSERT INTO child VALUES (?)').run(x);
        return x;
      },
      committed: () => trace.push('committed'),
      rolledBack: () => trace.push('rolled back'),
    });
    expect(await rejectionOf(orphan.enqueue(77))).toBeInstanceOf(StorageUnavailable);
    expect(trace).toEqual(['rolled back']);
    expect(db.inTransaction).toBe(false);
    expect(await commits.enqueue(1)).toBe(2);
    expect(onDisk(path)).toEqual([1]);
  });
});

describe('a hook that throws', () => {
  it.each(['begin', 'itemBegin', 'itemApplied', 'batchApplied', 'committed'] as const)(
    'in %s breaks the group commit for good, since memory may differ from the disk',
    async (hook) => {
      let thrown = 0;
      const { commits } = open({
        [hook]: () => {
          thrown += 1;
          if (thrown === 1) throw new Error('bug');
        },
      });
      const [first, second] = await Promise.all([
        rejectionOf(commits.enqueue(1)),
        rejectionOf(commits.enqueue(2)),
      ]);
      expect([first.code, second.code]).toEqual(['group_commit_broken', 'group_commit_broken']);
      expect(first.cause).toMatchObject({ message: 'bug' });
      expect((await rejectionOf(commits.enqueue(3))).code).toBe('group_commit_broken');
    },
  );
});

describe('limits', () => {
  it('refuses more than maxQueued waiting items and takes new ones afterwards', async () => {
    const { commits } = open({}, { maxQueued: 2 });
    const waiting = [commits.enqueue(1), commits.enqueue(2)];
    expect((await rejectionOf(commits.enqueue(3))).code).toBe('group_commit_overloaded');
    await Promise.all(waiting);
    expect(await commits.enqueue(3)).toBe(6);
  });

  it('close commits the waiting items, then refuses new ones', async () => {
    const { path, commits } = open({}, { maxBatch: 2 });
    const waiting = [1, 2, 3, 4, 5].map((x) => commits.enqueue(x));
    await commits.close();
    expect(onDisk(path)).toEqual([1, 2, 3, 4, 5]);
    expect(await Promise.all(waiting)).toHaveLength(5);
    expect((await rejectionOf(commits.enqueue(6))).code).toBe('group_commit_closed');
    await commits.close();
  });

  it('close from inside a hook waits for the current batch and commits the rest', async () => {
    let closing: Promise<void> | undefined;
    const { path, commits } = open(
      {
        itemApplied: () => {
          closing ??= commits.close();
        },
      },
      { maxBatch: 1 },
    );
    const waiting = [commits.enqueue(1), commits.enqueue(2)];
    await Promise.all(waiting);
    await closing;
    expect(onDisk(path)).toEqual([1, 2]);
  });

  it.each([0, -1, 1.5, Number.NaN])('maxBatch %s is refused', (maxBatch) => {
    expect(() => open({}, { maxBatch })).toThrow(/maxBatch/);
  });
});
