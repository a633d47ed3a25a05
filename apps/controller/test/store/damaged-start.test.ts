// A database that the disk has spoilt, or that somebody has edited, is found at the start, and nothing is
// served from it. One whose write-ahead log cannot be cut off is served, and the log is cut off when it can
// be.

import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { verifyDatabaseOf } from '../../src/verify.ts';
import { busyMesh } from '../support/busy-mesh.ts';
import type { TestController } from '../support/index.ts';
import { runningMesh } from '../support/running-mesh.ts';

const PAGE_BYTES = 4_096;

/** Edits the file of a stopped controller. */
function edit(controller: TestController, change: (db: SqliteDatabase.Database) => void): void {
  const db = new SqliteDatabase(controller.paths.database);
  change(db);
  db.pragma('journal_mode = DELETE');
  db.close();
}
/** Why a start failed; undefined if it did not. Nothing listens after a start that failed. */
async function faultOfStart(controller: TestController): Promise<string | undefined> {
  try {
    await controller.start();
  } catch (error) {
    return error instanceof Error ? error.message : 'unknown error';
  }
  await controller.stop();
  return undefined;
}

describe('a start', () => {
  it('is refused with an entry that was edited under a signed head, with a lost end, and with a spoilt page', async () => {
    await using mesh = await runningMesh(['node-a']);
    const { controller } = mesh;
    await controller.stop();
    edit(controller, () => {});
    const whole = `${controller.paths.database}.whole`;
    copyFileSync(controller.paths.database, whole);
    const heads = new SqliteDatabase(whole, { readonly: true });
    const { size } = heads.prepare('SELECT max(size) AS size FROM log_heads').get() as { size: number };
    const root = heads.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'nodes'").pluck().get();
    heads.close();
    expect(size).toBeGreaterThan(2);
    const drop = (db: SqliteDatabase.Database, ...names: string[]) => {
      for (const name of names) db.exec(`DROP TRIGGER log_entries_${name}`);
    };
    edit(controller, (db) => {
      drop(db, 'refuse_update');
      db.exec(
        "UPDATE log_entries SET entry = CAST(replace(CAST(entry AS TEXT), 'socket', 'nobody') AS BLOB)",
      );
    });
    expect(await faultOfStart(controller)).toMatch(
      /the log in .* is another than the one .* restore a backup/,
    );
    copyFileSync(whole, controller.paths.database);
    edit(controller, (db) => {
      drop(db, 'refuse_delete');
      db.exec(`DELETE FROM log_entries WHERE log_index >= ${size - 1}`);
    });
    expect(await faultOfStart(controller)).toMatch(/the log in .* ends at \d+ entries.* restore a backup/);
    const spoilt = readFileSync(whole);
    spoilt.fill(0xa5, (Number(root) - 1) * PAGE_BYTES, Number(root) * PAGE_BYTES);
    writeFileSync(controller.paths.database, spoilt);
    expect(await faultOfStart(controller)).toMatch(
      /controller\.db is damaged \(SQLITE_CORRUPT.*restore a backup/,
    );
    copyFileSync(whole, controller.paths.database);
    // As it was, it starts.
    expect(await faultOfStart(controller)).toBeUndefined();
  });
});

describe('a start with a row that somebody has edited', () => {
  it('is refused, the row named, and one with the rows as they were is not', async () => {
    await using mesh = await busyMesh();
    const { controller } = mesh;
    await controller.stop();
    edit(controller, () => {});
    const whole = `${controller.paths.database}.whole`;
    copyFileSync(controller.paths.database, whole);
    const edits: readonly (readonly [string, string])[] = [
      [
        "UPDATE nodes SET status = 'active' WHERE node_id = 'node-c'",
        'node node-c: its row has another status',
      ],
      ["UPDATE nodes SET is_pending = 1 WHERE node_id = 'node-b'", 'node node-b: its row has another status'],
      [
        "UPDATE policies SET policy = replace(policy, '0.95', '0.05') WHERE version = 2",
        'policy version 2 in the database is not the one of its hash',
      ],
      [
        'UPDATE policies SET applied_at_ms = NULL WHERE version = 2',
        'policy version 2: its row has another appliedAtMs',
      ],
      ['UPDATE officer_sets SET required = 1', 'officer set 1: its row has another required'],
      ["UPDATE officer_requests SET status = 'authorised'", 'its row has another status'],
      [
        "UPDATE classes SET revoked_at_ms = NULL WHERE name = 'gpu'",
        'class gpu: its row has another revokedAtMs',
      ],
      ["UPDATE admin_keys SET role = 'operator' WHERE name = 'viewer'", 'its row has another role'],
      ['UPDATE next_config_key SET has_switched = 1', 'its row has another hasSwitched'],
      [
        "UPDATE log_keys SET verifier_keys = verifier_keys || ' ' WHERE state = 'ended'",
        'its row has another verifierKeys',
      ],
    ];
    for (const [sql, named] of edits) {
      copyFileSync(whole, controller.paths.database);
      edit(controller, (db) => expect(db.prepare(sql).run().changes, sql).toBeGreaterThan(0));
      const fault = await faultOfStart(controller);
      expect(fault, sql).toContain(named);
      expect(fault, sql).toContain('restore a backup');
    }
    copyFileSync(whole, controller.paths.database);
    // What the start has noted is noted again, from the entries.
    edit(controller, (db) =>
      db.exec("DELETE FROM meta WHERE key = 'state_entries'; DELETE FROM state_entries"),
    );
    expect(await faultOfStart(controller)).toBeUndefined();
    expect(verifyDatabaseOf(controller.config, []).faults).toEqual([]);
  });
});

describe('a write-ahead log that cannot be cut off', () => {
  it('grows, is shown, holds up no denial, and is cut off when the reader is gone', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { controller } = mesh;
    const { admin, paths, db } = controller;
    const reader = new SqliteDatabase(paths.database, { readonly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM log_entries').get();
    const walBytes = () => statSync(`${paths.database}-wal`).size;
    const before = walBytes();
    await mesh.node('node-a').submit(0.1);
    expect((await admin.node('node-a')).membership).toBe('DENIED');
    for (let more = 0; more < 20; more++) await controller.token();
    expect(db.pragma('wal_checkpoint(TRUNCATE)')).toMatchObject([{ busy: 1 }]);
    expect(walBytes()).toBeGreaterThan(before);
    expect((await admin.health()).storage?.wal_bytes).toBe(walBytes());
    reader.close();
    expect(db.pragma('wal_checkpoint(TRUNCATE)')).toMatchObject([{ busy: 0 }]);
    expect(walBytes()).toBe(0);
    await controller.restart();
    expect(controller.running.services.view.node('node-a')?.membership).toBe('denied');
  });
});
