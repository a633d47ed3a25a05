// The first API key, which `mesh-controller init` makes: one key whatever interrupts it, and only for a mesh
// that nobody has used yet.

import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { underStrace } from '@mesh/host/test-kit';
import { findAdminKeyFault } from '@mesh/membership';
import { parseStrictJson, sha256Hex } from '@mesh/primitives';
import { parseAdminKey } from '@mesh/protocol';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAdminKeys } from '../../src/store/admin-key-rows.ts';
import { runController, writeConfig } from '../support/controller-process.ts';
import { startTestController } from '../support/index.ts';

let directory: string;
let config: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mesh-first-key-'));
  config = writeConfig(directory);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const at = (name: string) => join(directory, name);
const init = (...more: string[]) => runController(['init', '--json', '-c', config, ...more]);
const keyOf = ({ out }: { out: string }) =>
  (JSON.parse(out) as { adminKey: { keyId: string | null; created: boolean } | null }).adminKey;

/** What the database has: the keys, and the log's entries. */
function recorded() {
  const db = new SqliteDatabase(at('data/controller.db'), { readonly: true });
  const entries = db.prepare('SELECT entry FROM log_entries ORDER BY log_index').pluck().all() as Buffer[];
  const keys = readAdminKeys(db);
  db.close();
  return { keys, log: entries.map((entry) => parseStrictJson(entry.toString()) as Record<string, unknown>) };
}

describe('the first API key', () => {
  it("is an operator's, in a file of mode 0600, recorded with its log entry; a second init adds none", () => {
    const made = init();
    expect([made.code, made.err]).toEqual([0, '']);
    expect(statSync(at('admin.key')).mode & 0o777).toBe(0o600);
    expect(existsSync(at('admin.key.next'))).toBe(false);
    const { keyId, secret } = parseAdminKey(readFileSync(at('admin.key'), 'latin1'));
    expect(keyOf(made)).toMatchObject({ file: at('admin.key'), keyId, created: true });
    const { keys, log } = recorded();
    const hash = sha256Hex(createHash('sha256').update(secret).digest());
    expect(keys).toMatchObject([{ keyId, role: 'operator', madeBy: { kind: 'system' } }]);
    expect(findAdminKeyFault(keys[0], hash, Date.now())).toBeUndefined();
    expect(log).toMatchObject([
      { type: 'admin_key_created', data: { key_id: keyId, role: 'operator', actor: 'system' } },
    ]);
    expect(made.out).not.toContain(Buffer.from(secret).toString('hex'));
    expect(keyOf(init())).toMatchObject({ keyId, created: false });
    expect(recorded()).toEqual({ keys, log });
  });

  it('is not made again when its file was taken away, and not for a mesh that was in use', async () => {
    init();
    rmSync(at('admin.key'));
    expect(keyOf(init())).toBeNull();
    expect(recorded().keys).toHaveLength(1);
    // A mesh that was served without one.
    rmSync(at('data'), { recursive: true });
    await (await startTestController({ directory })).close();
    expect(keyOf(init())).toBeNull();
    expect([existsSync(at('admin.key')), recorded().keys]).toEqual([false, []]);
  });

  it.each([
    ['link', 1, 'admin.key.next'],
    // The lock is taken once before, for a moment.
    ['openat', 3, 'data/controller.lock'],
    ['rename', 1, 'admin.key.next'],
  ])('is one key if init is killed at %s number %d of %s and run again', (call, when, file) => {
    const strace = [...underStrace(call, `signal=KILL:when=${when}`), '-P', at(file)];
    const killed = runController(['init', '-c', config], {}, ['timeout', '60', ...strace]);
    expect(killed.signal).toBe('SIGKILL');
    expect(existsSync(at('admin.key'))).toBe(false);
    const again = init();
    expect([again.code, again.err]).toEqual([0, '']);
    const { keyId } = parseAdminKey(readFileSync(at('admin.key'), 'latin1'));
    const { keys, log } = recorded();
    expect([keys.map((key) => key.keyId), log.length]).toEqual([[keyId], 1]);
    expect(existsSync(at('admin.key.next'))).toBe(false);
  });

  it('is recorded before it has its name, so a killed init needs no stopped controller to end', async () => {
    const strace = [...underStrace('rename', 'signal=KILL:when=1'), '-P', at('admin.key.next')];
    runController(['init', '-c', config], {}, ['timeout', '60', ...strace]);
    await using _running = await startTestController({ directory });
    expect(keyOf(init())).toMatchObject({ created: true });
  });

  it('waits while a controller runs that has not recorded it', async () => {
    const strace = [...underStrace('openat', 'signal=KILL:when=3'), '-P', at('data/controller.lock')];
    runController(['init', '-c', config], {}, ['timeout', '60', ...strace]);
    expect(existsSync(at('admin.key.next'))).toBe(true);
    await using _running = await startTestController({ directory });
    expect(init()).toMatchObject({ code: 5, err: expect.stringContaining('while the controller is down') });
    expect(existsSync(at('admin.key'))).toBe(false);
  });

  it('never replaces a file that is not its own, nor writes through a link', () => {
    writeFileSync(at('admin.key'), 'another mesh');
    expect(runController(['init', '-c', config]).out).toContain(`none: ${at('admin.key')} is another one`);
    expect(readFileSync(at('admin.key'), 'utf8')).toBe('another mesh');
    rmSync(at('admin.key'));
    writeFileSync(at('victim'), '');
    symlinkSync(at('victim'), at('admin.key'));
    expect(keyOf(init())).toMatchObject({ keyId: null });
    expect([statSync(at('victim')).size, recorded().keys]).toEqual([0, []]);
  });

  it('is left out with --no-admin-key', () => {
    const { out } = runController(['init', '-c', config, '--no-admin-key']);
    expect(out).toContain(`meshctl --socket ${at('data/admin.sock')} tokens create`);
    expect([existsSync(at('admin.key')), recorded().log]).toEqual([false, []]);
  });
});
