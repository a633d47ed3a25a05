// meshctl backup: it waits until the backup is made, fetches it in parts, and leaves no half file.

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BackupStatus } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meshctlHere } from '../support/meshctl.ts';
import { SocketServer } from '../support/socket-server.ts';

const server = new SocketServer();
beforeAll(() => server.open());
afterAll(() => server.close());
const run = (...args: string[]) => meshctlHere(args, { socket: server.path });
const at = (name: string) => join(server.directory, name);

const ID = '00000000-0000-4000-8000-000000000001';
/** Of `abcde`. */
const SHA256 = '36bbe50ed96841d10443bcb670d6554f0a34b761be67ec9c4a8ad2c0c44ca42c';
const making: BackupStatus = { state: 'making', backup_id: ID, step: 'copying', done: 1, total: 2 };
const ready = {
  state: 'ready' as const,
  backup_id: ID,
  made_at: '2026-01-01T00:00:00.000Z',
  length_bytes: 5,
  sha256: SHA256,
  log_size: 7,
  root_hash: 'ROOT',
} satisfies BackupStatus;
const part = (offset: number, text: string) => ({
  [`GET /v1/backup?id=${ID}&offset=${offset}`]: {
    body: { offset, bytes: Buffer.from(text).toString('base64') },
  },
});
const replies = {
  'POST /v1/backup': { body: making },
  'GET /v1/backup': { body: ready },
  ...part(0, 'abc'),
  ...part(3, 'de'),
};

describe('meshctl backup', () => {
  it('fetches every part into a new private file, and lets the controller remove its own', async () => {
    server.answer(replies);
    const { exitCode, stdout, stderr } = await run('--json', 'backup', at('a'));
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(readFileSync(at('a'), 'utf8')).toBe('abcde');
    expect(statSync(at('a')).mode & 0o777).toBe(0o600);
    expect(JSON.parse(stdout)).toMatchObject({
      file: at('a'),
      log_size: 7,
      sha256: SHA256,
    });
    expect(server.seen.at(-1)).toEqual({ line: 'POST /v1/backup', body: { fetched: ID } });
  });

  it('takes the file of an earlier controller, which does not say its SHA-256', async () => {
    const { sha256: _sha256, ...earlier } = ready;
    server.answer({ ...replies, 'GET /v1/backup': { body: earlier } });
    const { exitCode, stdout } = await run('--json', 'backup', at('f'));
    expect([exitCode, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ sha256: SHA256 })]);
  });

  it('says what the backup is of, and what it opens with', async () => {
    server.answer({ ...replies, 'POST /v1/backup': { body: ready } });
    const { stdout } = await run('backup', at('b'));
    expect(stdout).toMatch(/entries in the log\s+7\n[\s\S]*opens with\s+the master key/);
  });

  it.each([
    [
      'fails',
      { 'GET /v1/backup': { body: { state: 'failed', backup_id: ID, why: 'the copy is damaged' } } },
      'the copy is damaged',
    ],
    ['is dropped', { 'GET /v1/backup': { body: { state: 'none' } } }, 'run this again'],
    ['is not the file that was checked', part(3, 'dE'), 'not the file that the controller has checked'],
    ['breaks off', { [`GET /v1/backup?id=${ID}&offset=3`]: { text: 'no' } }, 'unexpected answer'],
  ])('leaves no file if it %s', async (_, other, said) => {
    server.answer({ ...replies, ...other });
    const { exitCode, stderr } = await run('backup', at('c'));
    expect([exitCode === 0, stderr]).toEqual([false, expect.stringContaining(said)]);
    expect(existsSync(at('c'))).toBe(false);
  });

  it('keeps the whole file if the controller cannot be told to remove its own', async () => {
    server.answer({
      ...replies,
      get 'POST /v1/backup'() {
        const isStart = JSON.stringify(server.seen.at(-1)?.body) === '{}';
        return isStart ? { body: ready } : { text: 'no' };
      },
    });
    const { exitCode, stdout } = await run('backup', at('e'));
    expect([exitCode === 0, stdout]).toEqual([false, expect.stringContaining(at('e'))]);
    expect(readFileSync(at('e'), 'utf8')).toBe('abcde');
  });

  it('asks for nothing if the file is there already', async () => {
    writeFileSync(at('d'), 'kept');
    server.answer(replies);
    const { exitCode, stderr } = await run('backup', at('d'));
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('name a new file')]);
    expect([readFileSync(at('d'), 'utf8'), server.seen]).toEqual(['kept', []]);
  });
});
