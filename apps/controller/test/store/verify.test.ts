// A database that was written by the controller verifies. Whatever is changed in it by hand, or by a disk, is
// found and named.

import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createToken } from '@mesh/membership';
import type { TokenId } from '@mesh/protocol';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../../../packages/membership/test/support/mesh.ts';
import { openSealer } from '../../src/store/open-store.ts';
import { verifyDatabase } from '../../src/store/verify/verify-database.ts';
import { verifyDatabaseOf } from '../../src/verify.ts';
import { runController, writeConfig } from '../support/controller-process.ts';
import { openNextEpoch } from '../support/index.ts';
import { type RunningMesh, runningMesh } from '../support/running-mesh.ts';

/** Stopped, after it has seen most of what a mesh does. */
let mesh: RunningMesh;
let size: number;
const work = () => join(mesh.controller.directory, 'work.db');

beforeAll(async () => {
  mesh = await runningMesh(['node-a', 'node-b', 'node-c', 'node-d']);
  const { controller } = mesh;
  const { admin } = controller;
  await mesh.node('node-a').submit(0.1);
  await mesh.node('node-b').submit(0.9);
  await admin.quarantine('node-b', 'look');
  await admin.release('node-b', 'fine');
  await admin.revoke('node-c', 'gone');
  await admin.deleteNode('node-c', 'gone');
  await admin.revoke('node-d', 'gone');
  await admin.eraseNode('node-d', 'asked');
  await admin.eraseNode('node-b', 'asked');
  const token = await admin.createToken({ node_id: 'node-x' });
  await admin.withdrawToken(token.token_id, 'not needed');
  const { judge } = controller.running.services;
  // Enough for a full tile.
  await Promise.all(
    Array.from({ length: 260 }, (_, count) =>
      judge.run(
        createToken({
          tokenId: `many-${count}` as TokenId,
          secretHash: sha256(`${count}`),
          uses: 1,
          class: 'default',
          nodeId: undefined,
          ttlMs: 60_000,
          actor: { kind: 'socket' },
        }),
      ),
    ),
  );
  await openNextEpoch(controller);
  await controller.stop();
  const db = new SqliteDatabase(controller.paths.database);
  size = db.prepare('SELECT count(*) FROM log_entries').pluck().get() as number;
  db.pragma('journal_mode = DELETE');
  db.close();
});
afterAll(() => mesh[Symbol.asyncDispose]());

/** Verifies a copy of the database that was changed by hand. */
function faultsAfter(
  sql: string,
  known: Parameters<typeof verifyDatabase>[1]['known'] = [],
): readonly string[] {
  rmSync(work(), { force: true });
  cpSync(mesh.controller.paths.database, work());
  const db = new SqliteDatabase(work());
  try {
    // Whoever edits a database by hand can drop triggers, too.
    const triggers = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all();
    for (const name of triggers) db.exec(`DROP TRIGGER ${name}`);
    db.pragma('foreign_keys = OFF');
    db.exec(sql);
    return verifyDatabase(db, { sealer: openSealer(mesh.controller.config), known }).faults;
  } finally {
    db.close();
  }
}
const change = (index: number, from: string, to: string): string =>
  `UPDATE log_entries SET entry = CAST(replace(CAST(entry AS TEXT), '${from}', '${to}') AS BLOB) WHERE log_index = ${index}`;

describe('verify', () => {
  it('finds nothing in what the controller has written, and counts what it has compared', () => {
    const steps: string[] = [];
    const done = verifyDatabaseOf(mesh.controller.config, [], (step) => steps.push(step));
    expect(done).toMatchObject({ faults: [], logSize: size });
    expect(done.detailsChecked).toBeGreaterThan(5);
    expect(done.detailsAbsent).toBeGreaterThan(3);
    expect(steps.slice(0, 3)).toEqual(['pages', 'pages', 'log']);
    expect(faultsAfter('')).toEqual([]);
  });

  it.each([
    [
      "UPDATE nodes SET status = 'active' WHERE node_id = 'node-d'",
      'node node-d: its row has another status',
    ],
    [
      "UPDATE nodes SET membership = 'admitted' WHERE node_id = 'node-a'",
      'node-a: its row has another membership',
    ],
    [
      "UPDATE nodes SET identity_key = 'mine' WHERE node_id = 'node-b'",
      'node-b: its row has another identityKey',
    ],
    [
      "UPDATE nodes SET wg_public_key_a = 'mine' WHERE node_id = 'node-b'",
      'node-b: its row has another wgKeyA',
    ],
    ["UPDATE nodes SET addresses = '[]' WHERE node_id = 'node-b'", 'node-b: its row has another addresses'],
    ["UPDATE nodes SET class = 'better' WHERE node_id = 'node-b'", 'node-b: its row has another class'],
    [
      "UPDATE node_results SET sequence_benchmark = 1 WHERE node_id = 'node-a'",
      'node-a: its row has another sequence',
    ],
    [
      "UPDATE node_results SET latest_index = 1 WHERE node_id = 'node-a'",
      'node-a: its row has another latest',
    ],
    ["DELETE FROM nodes WHERE node_id = 'node-d'", 'node node-d: its row is missing'],
    [
      "UPDATE nodes SET node_id = 'node-z' WHERE node_id = 'node-d'",
      'node node-z: no entry of the log enrols it',
    ],
    [
      "UPDATE tokens SET uses_left = 9 WHERE token_id = 'many-0'",
      'token many-0: its row has another usesLeft',
    ],
    ["UPDATE tokens SET withdrawn = 0 WHERE node_id = 'node-x'", 'its row has another isWithdrawn'],
    [
      "UPDATE epochs SET commitment = 'sha256:0' WHERE epoch_id = 1",
      'epoch 1: its row has another commitment',
    ],
    ['UPDATE epochs SET epoch_id = 99 WHERE epoch_id = 1', 'epoch 99: no entry of the log opens it'],
    [change(200, 'many-', 'main-'), 'the log: entry 200 is not the one that was logged'],
    ["UPDATE log_entries SET entry = x'00' WHERE log_index = 3", 'entry 3: it cannot be read'],
    [
      "UPDATE log_entries SET node_id = 'node-b' WHERE log_index = 200",
      'entry 200: its row names another node',
    ],
    ['DELETE FROM log_entries WHERE log_index = 100', 'entry 100 is missing: the next one is 101'],
    ['DELETE FROM log_entries WHERE log_index >= 250', 'it ends at 250 entries where it had at least 256'],
    [
      'UPDATE log_tiles SET hashes = zeroblob(8192) WHERE level = 0',
      'entry 7 is not the one that was logged',
    ],
    ['UPDATE log_heads SET root = zeroblob(32)', 'have another root than a head that was signed'],
    [
      'UPDATE log_detail_batches SET sealed = zeroblob(90) WHERE first_index = (SELECT min(first_index) FROM log_detail_batches)',
      'they do not open with the master key',
    ],
  ])('names what was changed by: %s', (sql, named) => {
    expect(faultsAfter(sql).join('\n')).toContain(named);
  });

  it('names an entry that was changed after the last full tile by a head that was seen elsewhere', () => {
    const { rootHash } = verifyDatabaseOf(mesh.controller.config, []);
    const seen = [{ size, rootHash, source: 'the witness' }];
    expect(faultsAfter('', seen)).toEqual([]);
    expect(faultsAfter(change(size - 1, '"cause":"', '"cause":"x'), seen).join('\n')).toContain(
      `its first ${size} entries have another root than the witness`,
    );
    const longer = [{ size: size + 1, rootHash, source: 'the witness' }];
    expect(faultsAfter('', longer)).toEqual([
      `the log: it ends at ${size} entries, and the witness covers ${size + 1}`,
    ]);
  });

  it('does not take erased details for a fault, nor details that were put back', () => {
    expect(faultsAfter('DELETE FROM log_detail_batches')).toEqual([]);
    const moved =
      'UPDATE log_detail_batches SET last_index = last_index + 1 WHERE first_index = (SELECT min(first_index) FROM log_detail_batches)';
    expect(faultsAfter(moved).join('\n')).toContain('do not open');
  });
});

describe('mesh-controller verify', () => {
  const verify = (directory: string, ...args: string[]) =>
    runController([
      'verify',
      '--json',
      '-c',
      writeConfig(directory, { data_dir: join(directory, 'data') }),
      ...args,
    ]);

  it('exits with 0, and with 1 and what it has found: a page that the disk has spoilt', () => {
    const { directory, paths } = mesh.controller;
    const well = verify(directory);
    expect([well.code, well.err]).toEqual([0, '']);
    const whole = readFileSync(paths.database);
    const db = new SqliteDatabase(paths.database, { readonly: true });
    const root = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'tokens'").pluck().get());
    db.close();
    const spoilt = Buffer.from(whole);
    spoilt.fill(0xa5, (root - 1) * 4096 + 100, root * 4096);
    writeFileSync(paths.database, spoilt);
    const bad = verify(directory);
    writeFileSync(paths.database, whole);
    expect([bad.code, bad.err]).toEqual([1, expect.stringContaining('restore a backup')]);
    expect(JSON.parse(bad.out).faults.join('\n')).toMatch(/the database: /);
  });
});
