// The log's keys and its name: made once, kept in the database, and never changed silently. Another pair of
// keys signs with the first until that has ended.

import { type AuditError, openCheckpoint, parseVerifierKey, renderCheckpoint } from '@mesh/audit';
import { encodeBase64 } from '@mesh/primitives';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { controllerConfig } from '../../src/settings/config.ts';
import { createControllerKeys } from '../../src/trust/controller-keys.ts';
import { createNextLogPair } from '../../src/trust/log-key-pair.ts';
import { logOrigin } from '../../src/trust/log-origin.ts';
import { openLogKeys } from '../../src/trust/stored-log-keys.ts';
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
    const keys = openLogKeys(db, sealer, 'mesh.example.com/log');
    expect(keys.everyKey.map(({ kind }) => kind)).toEqual(['ed25519', 'ml-dsa-44-cosignature']);
    expect(encodeBase64(keys.everyKey[0]?.publicKey ?? new Uint8Array())).toBe(keys.present.publicKey);
    expect(openLogKeys(db, sealer, 'mesh.example.com/log').verifierKeys).toEqual(keys.verifierKeys);
    const text = renderCheckpoint({ origin: keys.origin, size: 0, root: new Uint8Array(32), extensions: [] });
    const note = keys.sign(text, 12);
    expect(keys.sign(text, 12)).toBe(note);
    const logKeys = keys.verifierKeys.map(parseVerifierKey);
    expect(openCheckpoint(note, { origin: keys.origin, logKeys }).signatures).toHaveLength(2);
  });

  it('are two pairs while another takes their place: each of the four keys alone opens a head', async () => {
    const { db, sealer } = opened;
    await createControllerKeys(db, sealer, 'testmesh', Date.now());
    const keys = openLogKeys(db, sealer, 'mesh.example.com/log');
    const text = renderCheckpoint({ origin: keys.origin, size: 0, root: new Uint8Array(32), extensions: [] });
    const isGoodFor = (note: string, verifierKeys: readonly string[]) =>
      verifierKeys.map((key) => {
        try {
          const logKeys = [parseVerifierKey(key)];
          return openCheckpoint(note, { origin: keys.origin, logKeys }).signatures.length;
        } catch (error) {
          return (error as AuditError).code;
        }
      });
    const { present: first } = keys;
    const { signing } = createNextLogPair(keys.origin, sealer);
    const { pair: next } = signing;
    const cause = { why: 'x', actor: { kind: 'socket' } } as const;
    const prepared = { type: 'log_key_prepared', present: first, next, ...cause } as const;
    keys.offer(signing);
    // What is announced meanwhile is another pair.
    keys.offer(createNextLogPair(keys.origin, sealer).signing);
    const alone = keys.sign(text, 1);
    keys.onCommit([{ ...prepared, sealedSeeds: new Uint8Array() }]);
    keys.withdraw(next);
    const both = keys.sign(text, 1);
    expect(isGoodFor(both, [...first.verifierKeys, ...next.verifierKeys])).toEqual([1, 1, 1, 1]);
    expect([keys.nextSignerOf(alone), keys.nextSignerOf(both)]).toEqual([undefined, next.publicKey]);
    expect(isGoodFor(keys.nextAlone(both) ?? '', [...first.verifierKeys, ...next.verifierKeys])).toEqual([
      'unverified_note',
      'unverified_note',
      1,
      1,
    ]);
    keys.onCommit([{ type: 'log_key_finished', present: next, notConfirmed: [], ...cause }]);
    expect([keys.verifierKeys, keys.next]).toEqual([next.verifierKeys, undefined]);
    expect(isGoodFor(keys.sign(text, 1), first.verifierKeys)).toEqual(['unverified_note', 'unverified_note']);
    // What the first pair has signed is still known to be of this log.
    expect(openCheckpoint(alone, { origin: keys.origin, logKeys: keys.everyKey }).signatures).toHaveLength(2);
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
