// A new master key for a controller that runs: new values are under it from the first moment, old ones after
// some turns, the key before opens nothing in the end, and whatever stops it, it goes on.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, HostError } from '@mesh/host';
import type { MeshView } from '@mesh/membership';
import { ProblemError } from '@mesh/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MasterKeyRotation } from '../../src/judge/master-key-rotation.ts';
import { rotateMasterKeyOf } from '../../src/rotate-master-key.ts';
import { openSettledSealer } from '../../src/store/open-store.ts';
import { sealedColumns } from '../../src/store/sealed-columns.ts';
import type { SealedStore } from '../../src/store/sealed-store.ts';
import type { Sealer } from '../../src/trust/at-rest-sealer.ts';
import { readKeyFile, sealerUnder } from '../../src/trust/master-key.ts';
import { SwitchableSealer } from '../../src/trust/switchable-sealer.ts';
import { enrolTestNode, startTestController, type TestController } from '../support/index.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mesh-online-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));
const at = (name: string) => join(directory, name);

const rotate = ({ admin }: TestController) => admin.rotateMasterKey({ reason: 'it is time' });
const isIdle = async ({ admin }: TestController) => (await admin.masterKeyStatus()).status;
const typesOf = async ({ admin }: TestController) =>
  (await admin.log({ limit: 1000 })).entries
    .map(({ entry }) => entry)
    .filter(({ type }) => String(type).startsWith('master_key'));

/** How many sealed values do and do not open with a key. */
function opened({ db }: TestController, sealer: Sealer): [number, number] {
  let [opens, not] = [0, 0];
  for (const { table, column, purpose, subject } of sealedColumns)
    for (const row of db
      .prepare(
        `SELECT CAST(${subject} AS TEXT) AS subject, ${column} AS sealed FROM ${table} WHERE ${column} IS NOT NULL`,
      )
      .all() as { subject: string; sealed: Uint8Array }[])
      try {
        sealer.open(purpose, row.subject, row.sealed);
        opens += 1;
      } catch {
        not += 1;
      }
  return [opens, not];
}
const under = (file: string) => sealerUnder(readKeyFile(at(file)));

describe('meshctl master-key rotate', () => {
  it('seals everything under another key while nodes send results, and the one before opens nothing', async () => {
    await using controller = await startTestController({ directory });
    const node = await enrolTestNode(controller, 'node-a');
    await node.submit(0.9);
    writeFileSync(at('old.key'), readFileSync(at('master.key')), { mode: 0o600 });
    const [[before]] = [opened(controller, under('old.key'))];
    expect(before).toBeGreaterThan(3);
    expect(await rotate(controller)).toMatchObject({ status: 'running' });
    await node.submit(0.8);
    await expect.poll(() => isIdle(controller)).toBe('idle');
    await node.submit(0.7);
    expect(existsSync(at('master.key.next'))).toBe(false);
    const [all, none] = [opened(controller, under('master.key')), opened(controller, under('old.key'))];
    expect([all[1], none[0]]).toEqual([0, 0]);
    expect(all[0]).toBeGreaterThan(before);
    expect(await typesOf(controller)).toMatchObject([
      { type: 'master_key_rotation_started', data: { actor: 'socket', why: 'it is time' } },
      { type: 'master_key_rotation_finished' },
    ]);
    await controller.restart();
    expect((await controller.admin.node('node-a')).last_benchmark).toMatchObject({ overall: 0.7 });
    expect(await typesOf(controller)).toHaveLength(2);
  });

  it('that ends in the middle is finished by the next start, which records its end', async () => {
    await using controller = await startTestController({ directory });
    const node = await enrolTestNode(controller, 'node-a');
    await node.submit(0.9);
    // As a process that dies after the start was recorded: no part has been sealed again.
    const { masterKeyRotation } = controller.running.services;
    masterKeyRotation.close();
    await rotate(controller);
    await node.submit(0.6);
    // Nor is a backup made of what is under two keys.
    expect(controller.running.services.backups.start()).toBe(false);
    expect(opened(controller, under('master.key'))[1]).toBeGreaterThan(0);
    expect(opened(controller, under('master.key.next'))[1]).toBeGreaterThan(0);
    await controller.restart();
    expect(existsSync(at('master.key.next'))).toBe(false);
    expect(opened(controller, under('master.key'))[1]).toBe(0);
    expect((await controller.admin.node('node-a')).last_benchmark).toMatchObject({ overall: 0.6 });
    expect(await typesOf(controller)).toMatchObject([
      { type: 'master_key_rotation_started' },
      { type: 'master_key_rotation_finished' },
    ]);
  });
});

it('mesh-controller rotate-master-key is recorded by the next start, once', async () => {
  await using controller = await startTestController({ directory });
  await controller.stop();
  rotateMasterKeyOf(controller.config, { nowMs: () => Date.UTC(2026, 0, 2) });
  await controller.start();
  const entries = [
    {
      type: 'master_key_rotated_at_rest',
      data: { rotated_at: '2026-01-02T00:00:00.000Z', actor: 'system' },
    },
  ];
  expect(await typesOf(controller)).toMatchObject(entries);
  await controller.restart();
  expect(await typesOf(controller)).toMatchObject(entries);
});

describe('a rotation', () => {
  const keys = [1, 2].map((byte) => new Uint8Array(32).fill(byte)) as [Uint8Array, Uint8Array];
  const sealerOf = (bytes: Uint8Array) => {
    writeFileSync(at('k'), bytes, { mode: 0o600 });
    return sealerUnder(readKeyFile(at('k')));
  };
  const text = Buffer.from('planted');
  const seal = (sealer: Sealer) => sealer.seal('p', 's', text);
  const opens = (sealer: Sealer, sealed: Uint8Array) => {
    try {
      return Buffer.from(sealer.open('p', 's', sealed)).equals(text);
    } catch {
      return false;
    }
  };
  /** A store whose parts the test gives out one by one. */
  function setUp(
    sealAgain: SealedStore['sealAgain'],
    over: Partial<SealedStore> = {},
    isBackupBeingMade = false,
  ) {
    const calls: string[] = [];
    const store: SealedStore = {
      refusal: undefined,
      writeNext: () => void calls.push('writeNext'),
      dropNext: () => void calls.push('dropNext'),
      putInPlace: () => void calls.push('putInPlace'),
      countSealed: () => 2,
      sealAgain,
      ...over,
    };
    const sealer = new SwitchableSealer(sealerOf(keys[0]));
    const run = async (command: unknown) => {
      if (typeof command === 'function') calls.push('run');
      return [];
    };
    const rotation = new MasterKeyRotation({
      ...{ store, sealer, view: {} as MeshView, judge: { run } },
      randomBytes: () => Uint8Array.from(keys[1]),
      isBackupBeingMade: () => isBackupBeingMade,
      logger: createLogger({ level: 'silent' }),
    });
    return { rotation, sealer, calls, start: () => rotation.start({ why: 'x', actor: { kind: 'system' } }) };
  }

  it('seals under the next key from its first moment, opens both meanwhile, and one in the end', async () => {
    const { rotation, sealer, calls, start } = setUp(function* () {
      yield 1;
      yield 1;
    });
    const [old, next] = [sealerOf(keys[0]), sealerOf(keys[1])];
    const before = seal(sealer);
    await start();
    const during = seal(sealer);
    expect([opens(next, during), opens(old, during)]).toEqual([true, false]);
    expect([opens(sealer, before), opens(sealer, during)]).toEqual([true, true]);
    await expect.poll(() => rotation.status()).toEqual({ status: 'idle', sealed_again: 2, total: 2 });
    expect([opens(sealer, before), opens(sealer, during)]).toEqual([false, true]);
    expect(calls).toEqual(['writeNext', 'run', 'run', 'putInPlace', 'run']);
  });

  it('that the disk stops keeps both keys, and goes on with the same key when it is asked again', async () => {
    let fails = true;
    const { rotation, sealer, calls, start } = setUp(function* () {
      yield 1;
      if (fails) throw new Error('the disk is full');
    });
    const before = seal(sealer);
    await start();
    await expect.poll(() => rotation.status().status).toBe('stopped');
    const during = seal(sealer);
    expect([opens(sealer, before), opens(sealer, during)]).toEqual([true, true]);
    expect(calls).not.toContain('putInPlace');
    fails = false;
    await start();
    await expect.poll(() => rotation.status().status).toBe('idle');
    expect([opens(sealer, before), opens(sealer, during)]).toEqual([false, true]);
    expect(calls.filter((call) => call === 'writeNext')).toHaveLength(1);
  });

  it.each<[string, Partial<SealedStore>, string]>([
    ['the key is in a variable', { refusal: 'it is in the variable X' }, 'it is in the variable X'],
    [
      'its file cannot be written',
      {
        writeNext: () => {
          throw new HostError('file_io', 'master.key.next could not be written (EROFS)');
        },
      },
      'run mesh-controller rotate-master-key as a user who may',
    ],
  ])('is refused if %s, and nothing is recorded or sealed otherwise', async (_why, over, says) => {
    const { rotation, sealer, calls, start } = setUp(() => [], over);
    await expect(start()).rejects.toThrow(says);
    expect([calls, rotation.status().status]).toEqual([[], 'idle']);
    expect(opens(sealerOf(keys[0]), seal(sealer))).toBe(true);
  });

  it('is refused while a backup is being made, whose copy would be under two keys', async () => {
    const { calls, start } = setUp(() => [], {}, true);
    await expect(start()).rejects.toThrow('a backup is being made');
    expect(calls).toEqual([]);
  });

  it('is refused while one is under way', async () => {
    const { rotation, start } = setUp(function* () {
      yield 1;
    });
    await start();
    await expect(start()).rejects.toThrow(ProblemError);
    await expect.poll(() => rotation.status().status).toBe('idle');
  });
});

it('with the key in a variable, an unfinished rotation in a file is no start', async () => {
  await using controller = await startTestController({ directory });
  controller.running.services.masterKeyRotation.close();
  await rotate(controller);
  const { db, config } = controller;
  const elsewhere = { ...config, master_key_env: 'MESH_MASTER_KEY' };
  expect(() => openSettledSealer(db, elsewhere)).toThrow('leave master_key_env out for one start');
});
