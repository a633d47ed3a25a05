// A restore asks the witnesses of the configuration: with the database gone, they know what came after a
// backup.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseNote } from '@mesh/audit';
import { systemClock } from '@mesh/host';
import { waitUntil } from '@mesh/host/test-kit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { checkpointFileOf } from '../../src/publish/log-folder.ts';
import { type RestoreOptions, restoreBackup } from '../../src/restore.ts';
import { fetchBackup } from '../support/fetch-backup.ts';
import { type ConfigInput, startTestController, type TestController } from '../support/index.ts';
import { RealWitness } from '../support/real-witness.ts';

const ORIGIN = '127.0.0.1/testmesh';

let directory: string;
let witness: RealWitness;
let logKeys: readonly string[];
/** With the witness, and without the folder of the log. */
let config: TestController['config'];
let database: string;
/** Sizes of the log: of the old backup, what the witness has seen, and of the newest backup. */
let oldSize: number;
let seenSize: number;
let newSize: number;
const at = (name: string) => join(directory, name);
const start = (log: ConfigInput['log']): Promise<TestController> =>
  startTestController({ directory, config: { log, epoch_seconds: 3_600 } });

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mesh-restored-'));
  witness = new RealWitness(directory, ORIGIN);
  const first = await start({});
  logKeys = first.running.services.logKeys.verifierKeys;
  await first.close();
  await witness.start(logKeys);
  const witnesses = [{ url: witness.url, keys: witness.keys }];
  const witnessed = await start({ witnesses, required_cosignatures: 1, folder: at('log') });
  oldSize = (await fetchBackup(witnessed.admin, at('old.backup'))).log_size;
  // While the first epoch is pending, `rotate` opens none.
  const { epoch_id: pending } = await witnessed.admin.rotate();
  await waitUntil('a later epoch', async () => (await witnessed.admin.rotate()).epoch_id > pending);
  const published = () => witnessed.running.services.publishedLog.head().size;
  await waitUntil('the witness has cosigned a later head', () => published() > oldSize);
  database = witnessed.paths.database;
  config = { ...witnessed.config, log: { ...witnessed.config.log, folder: undefined } };
  await witnessed.close();
  seenSize = await cosignedSize();
  // It is not asked about what comes now.
  const alone = await start({});
  newSize = (await fetchBackup(alone.admin, at('new.backup'))).log_size;
  await alone.close();
});
afterAll(async () => {
  await witness.kill();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${database}${suffix}`, { force: true });
});

function restore(
  name: string,
  options: Partial<RestoreOptions> = {},
  log: Partial<TestController['config']['log']> = {},
) {
  return restoreBackup(
    { ...config, log: { ...config.log, ...log } },
    { file: at(name), checkpoints: [], ...options },
    systemClock,
  );
}
const isRestored = () => existsSync(database);

it('an old backup is refused with the database gone, because the witness has seen a later head', async () => {
  expect(seenSize).toBeGreaterThan(oldSize);
  await expect(restore('old.backup')).rejects.toThrow(`${seenSize - oldSize} that are known come after it`);
  expect(isRestored()).toBe(false);
  const { lostEntries, comparedWith } = await restore('old.backup', { lose: seenSize - oldSize });
  expect([lostEntries, comparedWith.join()]).toEqual([
    seenSize - oldSize,
    expect.stringContaining(`the head of ${seenSize} entries of the witness ${witness.url}`),
  ]);
});

it('the newest backup is accepted', async () => {
  expect(newSize).toBeGreaterThanOrEqual(seenSize);
  expect(await restore('new.backup')).toMatchObject({
    lostEntries: 0,
    notCompared: [],
    comparedWith: [`the head of ${seenSize} entries of the witness ${witness.url}`],
  });
});

it('a witness that shows no head is named, and has to be named by the operator', async () => {
  const nobody = { url: 'http://127.0.0.1:1', keys: [witness.keys[0] ?? ''] };
  const known = config.log.witnesses;
  const other = (url: string) => ({ witnesses: [...known, { ...nobody, url }] });
  // One that cannot be reached, and one that answers, and follows no such log.
  for (const url of [nobody.url, `${witness.url}/elsewhere`]) {
    await expect(restore('new.backup', {}, other(url))).rejects.toThrow(`--without-witness ${url}`);
    expect(isRestored()).toBe(false);
    const withoutWitnesses = [url];
    // The others still count.
    await expect(restore('old.backup', { withoutWitnesses }, other(url))).rejects.toThrow(/come after it/);
    const done = await restore('new.backup', { withoutWitnesses }, other(url));
    expect(done.notCompared).toEqual([expect.stringContaining(`the witness ${url} has shown no head`)]);
    rmSync(database);
  }
  await expect(restore('new.backup', { withoutWitnesses: [nobody.url] })).rejects.toThrow(/is no witness/);
});

it('what a witness shows counts only with its own cosignature', async () => {
  const witnesses = [{ url: witness.url, keys: [await keyOfAnother()] }];
  await expect(restore('new.backup', {}, { witnesses })).rejects.toThrow(
    /its answer is no head of this log that it has cosigned/,
  );
});

it('the checkpoint in the folder of the log counts, too', async () => {
  const folder = { witnesses: [], required_cosignatures: 0, folder: at('log') };
  await expect(restore('old.backup', {}, folder)).rejects.toThrow(/that are known come after it/);
  expect((await restore('new.backup', {}, folder)).comparedWith.join()).toContain(
    `the checkpoint in ${at('log')}`,
  );
  rmSync(database);
  writeFileSync(checkpointFileOf(at('log')), 'nothing');
  await expect(restore('new.backup', {}, folder)).rejects.toThrow(/is no checkpoint of this log/);
});

/** A verifier key that another witness has made. */
async function keyOfAnother(): Promise<string> {
  const elsewhere = mkdtempSync(join(directory, 'other-'));
  const other = new RealWitness(elsewhere, ORIGIN);
  await other.start(logKeys);
  await other.kill();
  return other.keys[0] ?? '';
}

/** By the checkpoint that the witness serves. */
async function cosignedSize(): Promise<number> {
  const hash = Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(ORIGIN))).toString(
    'hex',
  );
  const { text } = parseNote(await (await fetch(`${witness.url}/${hash}/checkpoint`)).text());
  return Number(text.split('\n')[1]);
}
