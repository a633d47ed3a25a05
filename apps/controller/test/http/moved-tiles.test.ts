// A controller whose old tiles have moved to its folder: it starts, proves, searches, erases, verifies and is
// backed up as before, and does not start without the folder.

import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { renderTilePath, TILE_WIDTH } from '@mesh/audit';
import { systemClock } from '@mesh/host';
import { createToken } from '@mesh/membership';
import type { TokenId } from '@mesh/protocol';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sha256 } from '../../../../packages/membership/test/support/mesh.ts';
import { restoreBackup } from '../../src/restore.ts';
import { verifyDatabaseOf } from '../../src/verify.ts';
import { fetchBackup } from '../support/fetch-backup.ts';
import { openNextEpoch, until } from '../support/index.ts';
import { reportOf } from '../support/proofs.ts';
import { type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const DAY_MS = 86_400_000;
let mesh: RunningMesh;
let folder: string;
const at = (name: string) => join(mesh.controller.directory, name);

/** Cuts a node, adds enough for two full tiles, and lets two days go by. */
beforeAll(async () => {
  mesh = await runningMesh(['node-a', 'node-b']);
  const { controller, clock } = mesh;
  await mesh.node('node-a').submit(0.4);
  const { judge } = controller.running.services;
  await Promise.all(
    Array.from({ length: 2 * TILE_WIDTH }, (_, count) =>
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
  folder = at('www');
  Object.assign(controller.config.log, { folder, move_after_days: 1 });
  // The first start writes the folder. Two days later the next one moves what is in it.
  await controller.start();
  await controller.stop();
  await clock.advance(2 * DAY_MS);
  await controller.start();
  await until('two tiles to move', () => movedCount() === 2);
});
afterAll(() => mesh[Symbol.asyncDispose]());

function movedCount(): number {
  const db = new SqliteDatabase(mesh.controller.paths.database, { readonly: true });
  try {
    return db.prepare('SELECT count(*) FROM moved_tiles').pluck().get() as number;
  } finally {
    db.close();
  }
}

it('serves, searches and proves what has moved', async () => {
  const { controller } = mesh;
  const { services } = controller.running;
  const db = new SqliteDatabase(controller.paths.database, { readonly: true });
  expect(db.prepare('SELECT count(*) FROM log_entries WHERE length(entry) = 0').pluck().get()).toBe(
    2 * TILE_WIDTH,
  );
  db.close();
  for (const level of [0, 'entries'] as const)
    expect(services.publishedLog.tile({ level, index: 1, width: TILE_WIDTH })).toBeDefined();
  const { entries } = await controller.admin.log({ limit: 1_000, type: 'node_enrolled' });
  expect(entries.map(({ entry }) => entry.node_id)).toEqual(['node-a', 'node-b']);
  const denial = await reportOf(mesh, 'node-a', { denial: true });
  expect([denial.verdict, denial.decision?.reasonCode]).toEqual(['proven', 'below_threshold']);
});

it('verifies, is backed up and restored, and erases', async () => {
  const { controller } = mesh;
  expect(verifyDatabaseOf(controller.config, []).faults).toEqual([]);
  await fetchBackup(controller.admin, at('a.backup'));
  await controller.admin.eraseNode('node-a', 'asked');
  expect((await reportOf(mesh, 'node-a', { denial: true })).steps.at(-1)?.outcome).not.toBe('refuted');
  expect(verifyDatabaseOf(controller.config, []).faults).toEqual([]);
  await controller.stop();
  const { logSize } = await restoreBackup(
    controller.config,
    { file: at('a.backup'), checkpoints: [], lose: await lostBy() },
    systemClock,
  );
  expect(logSize).toBeGreaterThan(2 * TILE_WIDTH);
  expect(verifyDatabaseOf(controller.config, []).faults).toEqual([]);

  async function lostBy(): Promise<number> {
    try {
      await restoreBackup(controller.config, { file: at('a.backup'), checkpoints: [] }, systemClock);
      return 0;
    } catch (error) {
      return Number(/--lose (\d+)/.exec(String(error))?.[1]);
    }
  }
});

it('does not start, and is not called fit, without what has moved', async () => {
  const { controller } = mesh;
  await controller.stop();
  const file = join(folder, renderTilePath({ level: 'entries', index: 1, width: TILE_WIDTH }));
  renameSync(file, `${file}.away`);
  await expect(controller.start()).rejects.toThrow(`${file} cannot be read`);
  expect(verifyDatabaseOf(controller.config, []).faults.join()).toContain(file);
  renameSync(`${file}.away`, file);
  const { log } = controller.config;
  Object.assign(log, { folder: undefined, move_after_days: undefined });
  await expect(controller.start()).rejects.toThrow('have moved to the folder of the published log');
  Object.assign(log, { folder });
  expect(existsSync(file)).toBe(true);
});
