// kill -9 while a running controller seals everything again: the next start ends it, and so does the command
// that rotates at rest. Nothing is lost, and the key before opens nothing.

import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSocketFetch } from '@mesh/host';
import { createAdminClient } from '@mesh/protocol';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Sealer } from '../../src/trust/at-rest-sealer.ts';
import { readKeyFile, sealerUnder } from '../../src/trust/master-key.ts';
import { attachStrace } from '../support/attach-strace.ts';
import { runController, serveController, writeConfig } from '../support/controller-process.ts';

const ROWS = 5_000;
let directory: string;
let config: string;
const at = (name: string) => join(directory, name);
const under = (file: string) => sealerUnder(readKeyFile(at(file)));

/** Batches of a log that is longer than the real one, so that there are many parts to seal again. */
function plantRows(): void {
  const sealer = under('master.key');
  const db = new SqliteDatabase(at('data/controller.db'));
  const insert = db.prepare('INSERT INTO log_detail_batches VALUES (?, ?, ?)');
  db.transaction(() => {
    for (let first = 1_000_000; first < 1_000_000 + ROWS; first++)
      insert.run(first, first, sealer.seal('log-detail-batch', `${first}-${first}`, Buffer.from('planted')));
  })();
  db.close();
}

function plantedUnder(sealer: Sealer): number {
  const db = new SqliteDatabase(at('data/controller.db'), { readonly: true });
  const rows = db
    .prepare('SELECT first_index AS first, sealed FROM log_detail_batches WHERE first_index >= 1000000')
    .all() as { first: number; sealed: Uint8Array }[];
  db.close();
  return rows.filter(({ first, sealed }) => {
    try {
      return Buffer.from(sealer.open('log-detail-batch', `${first}-${first}`, sealed)).equals(
        Buffer.from('planted'),
      );
    } catch {
      return false;
    }
  }).length;
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mesh-online-kill-'));
  config = writeConfig(directory, { epoch_seconds: 86_400 });
  expect(runController(['init', '--no-admin-key', '-c', config]).code).toBe(0);
  plantRows();
  cpSync(at('master.key'), at('old.key'));
  const controller = await serveController(config);
  const socket = createSocketFetch(at('data/admin.sock'));
  const admin = createAdminClient({ baseUrl: 'http://localhost', fetch: socket });
  // Each of some twenty parts is a commit. The file of the key, the start and status.json take a few calls
  // more.
  const tracer = await attachStrace(controller.pid, 'fsync', 'signal=KILL:when=12');
  const ended = once(tracer, 'exit');
  // The answer may come before the kill or not.
  await admin.rotateMasterKey({ reason: 'it is time' }).catch(() => undefined);
  await ended;
  socket.close();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('is finished by the next start, or by the command at rest, and then the key before opens nothing', async () => {
  // The kill came in the middle: otherwise this test shows nothing.
  expect(plantedUnder(under('master.key'))).toBeGreaterThan(0);
  expect(plantedUnder(under('master.key.next'))).toBeGreaterThan(0);
  const killed = directory;
  directory = mkdtempSync(join(tmpdir(), 'mesh-online-kill-'));
  cpSync(killed, directory, { recursive: true });
  config = writeConfig(directory, { epoch_seconds: 86_400 });
  const resumed = runController(['rotate-master-key', '--json', '-c', config]);
  expect([resumed.code, resumed.err]).toEqual([0, '']);
  expect(JSON.parse(resumed.out)).toMatchObject({ outcome: 'resumed' });
  expect([plantedUnder(under('master.key')), plantedUnder(under('old.key'))]).toEqual([ROWS, 0]);
  rmSync(directory, { recursive: true });

  directory = killed;
  config = writeConfig(directory, { epoch_seconds: 86_400 });
  await (await serveController(config)).kill();
  expect(existsSync(at('master.key.next'))).toBe(false);
  expect(readFileSync(at('master.key')).equals(readFileSync(at('old.key')))).toBe(false);
  expect([plantedUnder(under('master.key')), plantedUnder(under('old.key'))]).toEqual([ROWS, 0]);
});
