// The log's keys and its name: made once, kept in the database, and never changed silently.

import { openCheckpoint, parseVerifierKey, renderCheckpoint } from '@mesh/audit';
import { encodeBase64 } from '@mesh/primitives';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { controllerConfig } from '../../src/settings/config.ts';
import { createControllerKeys, openControllerKeys } from '../../src/trust/controller-keys.ts';
import { openLogKeys } from '../../src/trust/log-keys.ts';
import { logOrigin } from '../../src/trust/log-origin.ts';
import { newDirectory, openJournal, removeDirectory } from '../support/journal.ts';

let directory: string;
let opened: ReturnType<typeof openJournal>;
function overDatabase(): void {
  beforeEach(() => {
    directory = newDirectory();
    opened = openJournal(directory);
  });
  afterEach(async () => {
    await opened.close();
    removeDirectory(directory);
  });
}

const settings = (log: object = {}, names = ['mesh.example.com']) =>
  controllerConfig.parse({ mesh_id: 'testmesh', public_names: names, log });

describe('the keys of the log', () => {
  overDatabase();

  it('are made where a database of an earlier version has only the first, and stay', async () => {
    const { db, sealer } = opened;
    await createControllerKeys(db, sealer, 'testmesh', Date.now());
    const before = await openControllerKeys(db, sealer, 'testmesh' as never);
    const keys = openLogKeys(db, sealer, 'mesh.example.com/log');
    expect(keys.keys.map(({ kind }) => kind)).toEqual(['ed25519', 'ml-dsa-44-cosignature']);
    expect(encodeBase64(keys.keys[0]?.publicKey ?? new Uint8Array())).toBe(before.logPublicKey);
    expect(openLogKeys(db, sealer, 'mesh.example.com/log').verifierKeys).toEqual(keys.verifierKeys);
    const text = renderCheckpoint({ origin: keys.origin, size: 0, root: new Uint8Array(32), extensions: [] });
    const note = keys.sign(text, 12);
    expect(keys.sign(text, 12)).toBe(note);
    const logKeys = keys.verifierKeys.map(parseVerifierKey);
    expect(openCheckpoint(note, { origin: keys.origin, logKeys }).signatures).toHaveLength(2);
  });

  it('are missing from a database without any, which says so', () => {
    expect(() => openLogKeys(opened.db, opened.sealer, 'x')).toThrow('log key is missing');
  });
});

describe('the name of the log', () => {
  overDatabase();

  it('is made once, and outlives other public names', () => {
    expect(logOrigin(opened.db, settings())).toBe('mesh.example.com/testmesh');
    expect(logOrigin(opened.db, settings({}, ['moved.example.com']))).toBe('mesh.example.com/testmesh');
  });

  it('is that of the setting, and another one stops the start', () => {
    expect(logOrigin(opened.db, settings({ origin: 'example.com/log' }))).toBe('example.com/log');
    expect(logOrigin(opened.db, settings({ origin: 'example.com/log' }))).toBe('example.com/log');
    expect(logOrigin(opened.db, settings())).toBe('example.com/log');
    expect(() => logOrigin(opened.db, settings({ origin: 'example.com/other' }))).toThrow(
      'is named example.com/log, and its name cannot change',
    );
  });
});

describe('the setting log.origin', () => {
  it.each(['', 'two words', 'a+b', 'new\nline', 'ü', 'x'.repeat(256)])('is not %j', (origin) => {
    expect(() => settings({ origin })).toThrow();
  });
});
