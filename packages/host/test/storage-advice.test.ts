// Another process's lock, and a full disk: what the errors say, and that nobody waits.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { acquireProcessLock, GroupCommit, openSqlite, writeFileAtomicSync } from '../src/index.ts';
import { errorOf } from './support/error-of.ts';
import { runProgram } from './support/run-program.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const directory = temporaryDirectory();
const migrations = [{ id: '0001', sql: 'CREATE TABLE t (x INTEGER PRIMARY KEY) STRICT' }];

async function holding(path: string, kind: 'IMMEDIATE' | 'EXCLUSIVE') {
  const program = runProgram('hold-transaction.ts', [path, kind]);
  await program.lineWhere((line) => line === 'held');
  return program;
}

describe.each(['IMMEDIATE', 'EXCLUSIVE'] as const)(
  'a database that another process holds by BEGIN %s',
  (kind) => {
    it('refuses a batch at once, names the process, and accepts the next batch when it has ended', async () => {
      const path = join(directory, `${kind}.db`);
      const db = openSqlite(path, { migrations });
      expect(db.pragma('busy_timeout', { simple: true })).toBe(0);
      const insert = db.prepare('INSERT INTO t VALUES (?)');
      const commits = new GroupCommit<number, number>(db, { apply: (_db, x) => insert.run(x).changes });
      const holder = await holding(path, kind);
      const refused: unknown = await commits.enqueue(1).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: 'storage_unavailable' });
      expect(String(refused)).toContain(`process ${holder.child.pid} holds a lock on ${path}: end it`);
      expect(String(refused)).not.toContain('free space');
      await holder.kill();
      expect(await commits.enqueue(1)).toBe(1);
      db.close();
    });

    it('can be opened for reading, and is otherwise refused with the process’s id', async () => {
      const path = join(directory, `open-${kind}.db`);
      openSqlite(path, { migrations }).close();
      const holder = await holding(path, kind);
      const error = errorOf(() => openSqlite(path, { migrations, openTimeoutMs: 0 }));
      expect(error.code).toBe('database_locked');
      expect(error.message).toContain(`process ${holder.child.pid} holds a lock`);
      const db = openSqlite(path, { migrations, openTimeoutMs: 0, openUnwritable: true });
      expect(db.prepare('SELECT x FROM t').all()).toEqual([]);
      expect(() => db.exec('INSERT INTO t VALUES (1)')).toThrow('locked');
      await holder.kill();
      db.exec('INSERT INTO t VALUES (1)');
      db.close();
    });
  },
);

describe('a full disk', () => {
  const disk = join(directory, 'disk');
  mkdirSync(disk, { mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'tmpfs', disk]);
  afterAll(() => void execFileSync('umount', ['-l', disk]));
  const path = join(disk, 'full.db');

  it('is reported, and a database on it can be read, and written again when there is room', () => {
    openSqlite(path, { migrations }).close();
    const ballast = join(disk, 'ballast');
    fill(ballast);
    const error = errorOf(() => openSqlite(path, { migrations }));
    expect(error.message).toMatch(/full/);
    const db = openSqlite(path, { migrations, openUnwritable: true });
    expect(db.prepare('SELECT x FROM t').all()).toEqual([]);
    expect(() => db.exec('INSERT INTO t VALUES (1)')).toThrow();
    expect(errorOf(() => writeFileAtomicSync(join(disk, 'a'), 'text')).message).toContain(
      `the file system of ${disk} is full: free space there`,
    );
    acquireProcessLock(join(disk, 'a.lock')).release();
    writeFileSync(ballast, '');
    db.exec('INSERT INTO t VALUES (1)');
    db.close();
  });
});

/** Fills the disk to the last page. */
function fill(ballast: string): void {
  for (const size of ['64K', '4K']) {
    expect(() =>
      execFileSync('dd', ['if=/dev/zero', `of=${ballast}`, `bs=${size}`, 'oflag=append', 'conv=notrunc'], {
        stdio: 'ignore',
      }),
    ).toThrow();
  }
}
