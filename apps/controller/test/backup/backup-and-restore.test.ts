// A backup is made while the controller runs, and is checked before it is given out. A restore brings back
// what was in it, and does not go back behind entries that are known unless that is allowed.

import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { renderCheckpoint } from '@mesh/audit';
import { systemClock } from '@mesh/host';
import { decodeBase64, parseMeshId, parseRfc3339, parseStrictJson } from '@mesh/primitives';
import type { SignedRequest } from '@mesh/protocol';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkRestoreRequest } from '../../src/backup/restore-request.ts';
import { type RestoreOptions, restoreBackup } from '../../src/restore.ts';
import { configuredOfficers } from '../../src/settings/configured-officers.ts';
import type { LogKeys } from '../../src/trust/log-keys.ts';
import { fetchBackup } from '../support/fetch-backup.ts';
import { startTestController, type TestController } from '../support/index.ts';
import { entriesOf, signedBy } from '../support/officers.ts';

/** Those of the controller. */
let keys: LogKeys;
/** With officers, and a backup behind which there are three more entries. */
let controller: TestController;
let made: Awaited<ReturnType<typeof fetchBackup>>;
let laterSize: number;
const at = (name: string) => join(controller.directory, name);
const readSize = () => {
  const db = new SqliteDatabase(controller.paths.database, { readonly: true });
  const size = db.prepare('SELECT count(*) FROM log_entries').pluck().get() as number;
  db.close();
  return size;
};
const restore = (options: Partial<RestoreOptions> = {}, config = controller.config) =>
  restoreBackup(config, { file: at('a.backup'), checkpoints: [], ...options }, systemClock);

beforeAll(async () => {
  controller = await startTestController({
    config: { officers: entriesOf(['alice', 'bob', 'carol']), officers_required: 2 },
  });
  await controller.token({ node_id: 'node-a' });
  made = await fetchBackup(controller.admin, at('a.backup'));
  for (let more = 0; more < 3; more++) await controller.token({});
  keys = controller.running.services.logKeys;
  await controller.stop();
  laterSize = readSize();
  copyFileSync(controller.paths.database, at('later.db'));
});
afterAll(() => controller.close());
beforeEach(() => {
  for (const name of readdirSync(controller.config.data_dir))
    if (name.startsWith('controller.db')) rmSync(join(controller.config.data_dir, name));
  copyFileSync(at('later.db'), controller.paths.database);
  rmSync(at('lose.json'), { force: true });
});

describe('a backup', () => {
  it('is of a log that the controller had, holds nothing in the open, and leaves nothing behind', async () => {
    expect(laterSize - made.log_size).toBeGreaterThanOrEqual(3);
    const bytes = readFileSync(at('a.backup'));
    expect(bytes.length).toBe(made.length_bytes);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(made.sha256);
    expect(bytes.includes('SQLite format 3')).toBe(false);
    expect(bytes.includes('node-a')).toBe(false);
    expect(existsSync(controller.paths.backup)).toBe(false);
    expect(existsSync(controller.paths.backupCopy)).toBe(false);
  });

  it('is not made if the copy is not of the log that the controller has, or its file does not open', async () => {
    const { makeBackup } = await import('../../src/backup/backup-work.ts');
    const order = {
      database: controller.paths.database,
      logFolder: undefined,
      copy: controller.paths.backupCopy,
      target: controller.paths.backup,
      id: '00000000-0000-4000-8000-000000000000',
      meshId: 'testmesh',
      nowMs: 0,
      key: new Uint8Array(32),
      sealedKey: '',
    };
    const head = { size: made.log_size, rootHash: made.root_hash, source: 'the controller' };
    const steps = new Set<string>();
    const fit = await makeBackup({ ...order, head }, (step) => steps.add(step));
    expect(fit.header.log_size).toBe(laterSize);
    expect([...steps]).toEqual(['copying', 'checking', 'sealing']);
    rmSync(controller.paths.backup);
    const spoiling = makeBackup({ ...order, head }, (step) => {
      if (step !== 'sealing') return;
      const file = openSync(order.target, 'r+');
      writeSync(file, Buffer.of(0xff, 0xff), 0, 2, 1_000);
      closeSync(file);
    });
    await expect(spoiling).rejects.toThrow(/was changed or cut/);
    for (const other of [
      { ...head, rootHash: Buffer.alloc(32).toString('base64') },
      { ...head, size: laterSize + 1 },
    ])
      await expect(makeBackup({ ...order, head: other }, () => {})).rejects.toThrow(/the log in the copy/);
    expect(existsSync(controller.paths.backup) || existsSync(controller.paths.backupCopy)).toBe(false);
  });

  it.each([
    ['a byte of the header', 40],
    ['a byte of the database', 5_000],
    ['the last byte', -1],
  ])('that differs in %s is refused, and nothing is changed', async (_, where) => {
    const bytes = readFileSync(at('a.backup'));
    const index = where < 0 ? bytes.length + where : where;
    bytes[index] = (bytes[index] ?? 0) ^ 1;
    writeFileSync(at('changed.backup'), bytes);
    await expect(restore({ file: at('changed.backup') })).rejects.toThrow(
      /changed\.backup (was changed|is no backup|does not open)/,
    );
    expect(readSize()).toBe(laterSize);
  });

  it('that was cut after a whole frame, or has another one behind its last, is refused', async () => {
    const bytes = readFileSync(at('a.backup'));
    const start = bytes.indexOf('\n') + 1;
    const frame = bytes.subarray(start, start + 4 + bytes.readUInt32BE(start));
    writeFileSync(at('cut.backup'), bytes.subarray(0, start));
    writeFileSync(at('long.backup'), Buffer.concat([bytes, frame]));
    for (const file of ['cut.backup', 'long.backup'])
      await expect(restore({ file: at(file) })).rejects.toThrow(/was changed or cut/);
  });

  it('opens with no other master key, and in no other mesh', async () => {
    writeFileSync(at('other.key'), Buffer.alloc(32, 9), { mode: 0o600 });
    await expect(restore({}, { ...controller.config, master_key_file: at('other.key') })).rejects.toThrow(
      /does not open with the master key/,
    );
    await expect(restore({}, { ...controller.config, mesh_id: 'other' })).rejects.toThrow(
      /is of mesh testmesh/,
    );
  });
});

describe('mesh-controller restore', () => {
  /** As the log signs it. */
  const checkpointOf = (size: number, root: Uint8Array, of = keys.origin) => {
    writeFileSync(
      at('checkpoint'),
      keys.sign(renderCheckpoint({ origin: of, size, root, extensions: [] }), 0),
    );
    return at('checkpoint');
  };
  const lost = () => laterSize - made.log_size;
  const sign = (...names: string[]) => {
    const { request } = parseStrictJson(readFileSync(at('lose.json'), 'utf8')) as unknown as SignedRequest;
    writeFileSync(at('lose.json'), JSON.stringify(signedBy(request, ...names)));
  };

  it('replaces a database that is gone, and the controller runs on it', async () => {
    rmSync(controller.paths.database);
    expect(await restore()).toMatchObject({
      logSize: made.log_size,
      lostEntries: 0,
      kept: null,
      notCompared: [],
    });
    expect(statSync(controller.paths.database).mode & 0o777).toBe(0o600);
    await controller.start();
    expect((await controller.admin.tokens()).tokens.map(({ node_id }) => node_id)).toEqual(['node-a']);
    await controller.stop();
  });

  it('replaces one that is damaged, keeps it, and says that it was not compared', async () => {
    writeFileSync(controller.paths.database, Buffer.alloc(8_192, 1), { mode: 0o600 });
    const { kept, notCompared } = await restore();
    expect(notCompared.join()).toMatch(/cannot be read/);
    expect(readFileSync(kept ?? '')).toEqual(Buffer.alloc(8_192, 1));
    expect(readSize()).toBe(made.log_size);
  });

  it('goes back behind the present log only with the signatures of as many officers as are needed', async () => {
    await expect(restore()).rejects.toThrow(
      `${lost()} that are known come after it: 2 officers have to sign`,
    );
    await expect(restore({ lose: lost() })).rejects.toThrow(/officers have to sign/);
    const requestFile = at('lose.json');
    await expect(restore({ requestFile })).rejects.toThrow(/let 2 officers sign/);
    for (const signers of [[], ['alice'], ['alice', 'mallory']]) {
      sign(...signers);
      await expect(restore({ requestFile })).rejects.toThrow(/has \d of 2 signatures/);
    }
    expect(readSize()).toBe(laterSize);
    sign('alice', 'carol');
    const { kept, signedBy: names, lostEntries } = await restore({ requestFile });
    expect([names, lostEntries]).toEqual([['alice', 'carol'], lost()]);
    expect(existsSync(kept ?? '')).toBe(true);
    expect(readSize()).toBe(made.log_size);
  });

  it('does not take signatures for another restore, or before or after their time', async () => {
    const requestFile = at('lose.json');
    await expect(restore({ requestFile })).rejects.toThrow();
    sign('alice', 'carol');
    const { request } = parseStrictJson(readFileSync(requestFile, 'utf8')) as unknown as SignedRequest;
    if (request.kind !== 'backup.restore') throw new Error('it is for something else');
    const { parameters, mesh_id: meshId } = request;
    const officers = configuredOfficers(controller.config);
    const asked = { meshId, parameters, officers, nowMs: systemClock.nowMs() };
    expect(checkRestoreRequest(requestFile, asked)).toEqual(['alice', 'carol']);
    const WEEK_MS = 7 * 24 * 3_600_000;
    for (const [other, fault] of [
      [{ parameters: { ...parameters, lost_entries: parameters.lost_entries + 1 } }, 'is for something else'],
      [{ parameters: { ...parameters, backup_id: request.request_id } }, 'is for something else'],
      [{ meshId: parseMeshId('other') }, 'is for something else'],
      [{ nowMs: asked.nowMs + WEEK_MS + 1 }, 'was good until'],
      [{ nowMs: parseRfc3339(request.not_before) - 1 }, 'is good from'],
    ] as const)
      expect(() => checkRestoreRequest(requestFile, { ...asked, ...other })).toThrow(fault);
  });

  it('goes back behind no checkpoint, and to no other history', async () => {
    rmSync(controller.paths.database);
    const seen = checkpointOf(made.log_size + 7, new Uint8Array(32));
    await expect(restore({ checkpoints: [seen] })).rejects.toThrow('7 that are known come after it');
    const other = checkpointOf(made.log_size, new Uint8Array(32));
    await expect(restore({ checkpoints: [other] })).rejects.toThrow(/holds another log than is known/);
    expect(existsSync(controller.paths.database)).toBe(false);
    const foreign = checkpointOf(made.log_size + 7, new Uint8Array(32), 'mesh.example.org/log');
    await expect(restore({ checkpoints: [foreign] })).rejects.toThrow(/is no checkpoint of this log/);
    const note = readFileSync(checkpointOf(made.log_size + 7, new Uint8Array(32)), 'utf8');
    writeFileSync(at('checkpoint'), note.replace(`\n${made.log_size + 7}\n`, `\n${made.log_size}\n`));
    await expect(restore({ checkpoints: [at('checkpoint')] })).rejects.toThrow(
      /is no checkpoint of this log/,
    );
    const own = checkpointOf(made.log_size, decodeBase64(made.root_hash));
    expect((await restore({ checkpoints: [own] })).lostEntries).toBe(0);
  });

  it('takes the number of entries where there are no officers, and only the right one', async () => {
    await using alone = await startTestController();
    const file = join(alone.directory, 'b.backup');
    const { log_size: size } = await fetchBackup(alone.admin, file);
    await alone.token({});
    const alive = () => restoreBackup(alone.config, { file, checkpoints: [] }, systemClock);
    await expect(alive()).rejects.toThrow(/while the controller is down/);
    const { size: later } = alone.running.services.journal.head();
    await alone.stop();
    const losing = (lose?: number) =>
      restoreBackup(alone.config, { file, checkpoints: [], lose }, systemClock);
    await expect(losing()).rejects.toThrow(`--lose ${later - size}`);
    await expect(losing(later - size - 1)).rejects.toThrow(`--lose ${later - size}`);
    expect((await losing(later - size)).lostEntries).toBe(later - size);
  });
});
