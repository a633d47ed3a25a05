// A master key that only the key in a PKCS#11 token opens: what is on disk is no key, and whatever is wrong
// with the token, nothing changes.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { underStrace } from '@mesh/host/test-kit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isWrapped } from '../../src/trust/wrapped-key-file.ts';
import { runController, serveController, writeConfig } from '../support/controller-process.ts';
import { PIN, SoftToken } from '../support/soft-token.ts';

describe('a master key wrapped by a token', () => {
  let directory: string;
  let token: SoftToken;
  let config: string;
  const at = (name: string) => join(directory, name);
  const setting = (over: object = {}) => ({
    master_key_pkcs11: {
      ...{ module: token.module, token: 'mesh', key: 'master' },
      pin_file: at('pin'),
      ...over,
    },
  });
  const run = (args: string[], env: Record<string, string> = token.env, under: string[] = []) =>
    runController([...args, '-c', config], env, under);
  /** With another setting; the file is put back. */
  const runWith = (over: object, args = ['init', '--no-admin-key'], env?: Record<string, string>) => {
    writeConfig(directory, setting(over));
    try {
      return run(args, env);
    } finally {
      writeConfig(directory, setting());
    }
  };

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'mesh-token-'));
    token = new SoftToken(directory);
    for (const label of ['master', 'other']) token.makeKey(label);
    writeFileSync(at('pin'), `${PIN}\n`, { mode: 0o600 });
    config = writeConfig(directory, setting());
    expect(run(['init', '--json', '--no-admin-key'])).toMatchObject({ code: 0, err: '' });
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('opens the database with the token, and the file alone opens nothing', async () => {
    const file = readFileSync(at('master.key'));
    expect([file.length, isWrapped(file)]).toEqual([74, true]);
    const again = run(['init', '--json', '--no-admin-key']);
    expect(JSON.parse(again.out)).toMatchObject({
      masterKeyFile: `${at('master.key')}, wrapped by the key master of the token mesh`,
      masterKeyCreated: false,
    });
    const before = { ...process.env };
    Object.assign(process.env, token.env);
    const running = await serveController(config).finally(() => {
      process.env = before;
    });
    await running.kill();
    // As if it were a plain key.
    writeConfig(directory);
    const plain = run(['init']);
    writeConfig(directory, setting());
    expect(plain).toMatchObject({ code: 2, err: expect.stringContaining('master_key_pkcs11') });
  });

  it.each<[string, object, number, string]>([
    ['a wrong PIN', { pin_file: undefined, pin_env: 'MESH_TOKEN_PIN' }, 2, 'the PIN is wrong'],
    ['no PIN', { pin_file: '/nowhere/pin' }, 2, 'does not exist: write it'],
    ['no such key', { key: 'gone' }, 2, 'no AES key with the label gone'],
    ['another key', { key: 'other' }, 2, 'does not open'],
    ['no such token', { token: 'away' }, 1, 'has no token away (it has mesh): connect it'],
    ['a library that is none', { module: '/dev/null' }, 2, 'no PKCS#11 library'],
  ])('is refused with %s, and nothing is changed', (_what, over, code, says) => {
    const before = readFileSync(at('master.key'));
    const refused = runWith(over, ['rotate-master-key'], { ...token.env, MESH_TOKEN_PIN: '00112233' });
    expect([refused.code, refused.err]).toEqual([code, expect.stringContaining(says)]);
    expect(refused.err).not.toContain('00112233');
    expect(readFileSync(at('master.key'))).toEqual(before);
  });

  it('says how to get pkcs11js where it is missing', () => {
    const { SOFTHSM2_CONF = '' } = token.env;
    const refused = run(['init'], { SOFTHSM2_CONF });
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('npm install pkcs11js') });
  });

  it('is refused when its file was changed', () => {
    const file = readFileSync(at('master.key'));
    const changed = Buffer.from(file);
    changed[40] = (changed[40] ?? 0) ^ 1;
    writeFileSync(at('master.key'), changed, { mode: 0o600 });
    const refused = run(['init']);
    writeFileSync(at('master.key'), file, { mode: 0o600 });
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('does not open') });
  });

  it('is rotated as a plain one is, also after a kill', () => {
    const old = readFileSync(at('master.key'));
    const strace = [...underStrace('unlink', 'signal=KILL:when=1'), '-P', at('master.key.next')];
    expect(run(['rotate-master-key'], token.env, ['timeout', '60', ...strace]).signal).toBe('SIGKILL');
    const resumed = run(['rotate-master-key', '--json']);
    expect(JSON.parse(resumed.out)).toMatchObject({ outcome: 'resumed' });
    const file = readFileSync(at('master.key'));
    expect([file.length, file.equals(old)]).toEqual([74, false]);
    expect(run(['init', '--no-admin-key']).code).toBe(0);
    // The key before opens nothing any more.
    writeFileSync(at('master.key'), old, { mode: 0o600 });
    expect(run(['init'])).toMatchObject({ code: 2, err: expect.stringContaining('does not open') });
    writeFileSync(at('master.key'), file, { mode: 0o600 });
  });

  it('cannot be had without the token', () => {
    token.lose();
    expect(run(['init'])).toMatchObject({ code: 1, err: expect.stringContaining('has no token mesh') });
  });
});

describe('a plain master key', () => {
  let directory: string;
  let token: SoftToken;
  let config: string;
  let plain: Buffer;
  const at = (name: string) => join(directory, name);
  const run = (args: string[], under: string[] = []) =>
    runController([...args, '-c', config], token.env, under);
  const rotate = (under: string[] = []) => run(['rotate-master-key', '--json'], under);
  const wrappedKey = () => {
    const file = readFileSync(at('master.key'));
    return file.length === 74 && isWrapped(file);
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mesh-to-token-'));
    token = new SoftToken(directory);
    token.makeKey('master');
    writeFileSync(at('pin'), `${PIN}\n`, { mode: 0o600 });
    config = writeConfig(directory);
    expect(run(['init', '--json', '--no-admin-key'])).toMatchObject({ code: 0, err: '' });
    plain = readFileSync(at('master.key'));
    writeConfig(directory, {
      master_key_pkcs11: { module: token.module, token: 'mesh', key: 'master', pin_file: at('pin') },
    });
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('is replaced by a new one that the token wraps, and opens nothing any more', () => {
    const before = run(['init', '--no-admin-key']);
    expect(before).toMatchObject({ code: 2, err: expect.stringContaining('rotate-master-key') });
    expect(readFileSync(at('master.key'))).toEqual(plain);
    expect(JSON.parse(rotate().out)).toMatchObject({ outcome: 'rotated' });
    expect(wrappedKey()).toBe(true);
    expect(run(['init', '--no-admin-key'])).toMatchObject({ code: 0, err: '' });
    writeFileSync(at('master.key'), plain, { mode: 0o600 });
    writeConfig(directory);
    expect(run(['init', '--no-admin-key'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('does not open'),
    });
  });

  it.each([
    ['link', 1, []],
    ['fsync', 3, []],
    ['unlink', 1, ['-P', 'master.key.next']],
  ] as const)('is replaced by a second run if the first is killed at %s number %d', (call, when, only) => {
    const path = only.map((word, index) => (index === 0 ? word : at(word)));
    const killed = rotate(['timeout', '60', ...underStrace(call, `signal=KILL:when=${when}`), ...path]);
    expect(killed.signal).toBe('SIGKILL');
    expect(rotate()).toMatchObject({ code: 0, err: '' });
    expect(wrappedKey()).toBe(true);
    expect(run(['init', '--no-admin-key'])).toMatchObject({ code: 0, err: '' });
  });
});
