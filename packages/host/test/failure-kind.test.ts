import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  acquireProcessLock,
  failureKindOf,
  HostError,
  openSqlite,
  readSecretFile,
  StorageUnavailable,
  writeFileAtomicSync,
} from '../src/index.ts';

const directory = mkdtempSync(join(tmpdir(), 'mesh-kinds-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const thrownBy = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};
const system = (code: string) => Object.assign(new Error(code), { code });
const file = (code: string) => new HostError('file_io', 'x', { cause: system(code) });

describe('the kind of a failure', () => {
  it.each([
    ['ENOSPC', 'storage'],
    ['EDQUOT', 'storage'],
    ['EIO', 'storage'],
    ['EMFILE', 'storage'],
    ['SQLITE_FULL', 'storage'],
    ['SQLITE_IOERR_WRITE', 'storage'],
    ['SQLITE_BUSY_SNAPSHOT', 'storage'],
    ['EACCES', 'settings'],
    ['EROFS', 'settings'],
    ['ENOENT', 'settings'],
    ['ENOTDIR', 'settings'],
    ['SQLITE_READONLY_DBMOVED', 'settings'],
    ['EADDRINUSE', 'address'],
    ['EADDRNOTAVAIL', 'address'],
    ['ESRCH', 'other'],
  ] as const)(
    'that the system calls %s is %s, alone and as the cause of an unwritable file',
    (code, kind) => {
      expect([failureKindOf(system(code)), failureKindOf(file(code))]).toEqual([kind, kind]);
    },
  );

  it('of real files matches what must be done about them', () => {
    const damaged = join(directory, 'damaged.sqlite');
    writeFileSync(damaged, 'no database, '.repeat(100), { mode: 0o600 });
    writeFileSync(join(directory, 'open.key'), 'x', { mode: 0o644 });
    const wrong = [
      () => openSqlite(damaged, { migrations: [] }),
      () => readSecretFile(join(directory, 'open.key')),
      () => readSecretFile(join(directory, 'none.key')),
      () => writeFileAtomicSync(join(directory, 'none', 'file'), ''),
      () => writeFileAtomicSync(join(damaged, 'file'), ''),
    ].map(thrownBy);
    expect(wrong.map(failureKindOf)).toEqual(wrong.map(() => 'settings'));
    expect(failureKindOf(thrownBy(() => writeFileAtomicSync('/dev/full/x', '')))).toBe('settings');
  });

  it('of a held lock and of a full disk is not `settings`', () => {
    const path = join(directory, 'lock');
    using _held = acquireProcessLock(path);
    expect(failureKindOf(thrownBy(() => acquireProcessLock(path)))).toBe('running');
    expect(failureKindOf(new StorageUnavailable('x'))).toBe('storage');
    expect(failureKindOf(new HostError('database_locked', 'x'))).toBe('storage');
    expect(failureKindOf(new HostError('database_full', 'x'))).toBe('storage');
  });

  it('of a taken port is `address`', async () => {
    const first = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => first.once('listening', resolve));
    const { port } = first.address() as { port: number };
    const second = createServer().listen(port, '127.0.0.1');
    const error: unknown = await new Promise((resolve) => second.once('error', resolve));
    expect(failureKindOf(error)).toBe('address');
    first.close();
  });

  it.each([undefined, null, 'text', new Error('x'), { code: 7 }])('of %j is unknown', (thrown) => {
    expect(failureKindOf(thrown)).toBe('other');
  });
});
