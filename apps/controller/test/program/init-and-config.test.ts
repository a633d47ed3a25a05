// The program itself: init, which may be repeated and interrupted; settings from file, environment and flags;
// exit codes.

import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@mesh/host';
import { underStrace, variants } from '@mesh/host/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { initController } from '../../src/init.ts';
import { controllerConfig, policyOf } from '../../src/settings/config.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { VERSION } from '../../src/version.ts';
import { runController, writeConfig } from '../support/controller-process.ts';
import { startTestController, TestController } from '../support/index.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mesh-init-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const init = (config: string, ...more: string[]) => runController(['init', '--json', '-c', config, ...more]);

describe('mesh-controller init', () => {
  it('makes a key and a database that only their owner can read; a second run changes nothing', () => {
    const config = writeConfig(directory);
    const first = init(config);
    expect(first.code).toBe(0);
    const made = JSON.parse(first.out) as { masterKeyFile: string; database: string; adminKey: object };
    expect(made).toMatchObject({ masterKeyCreated: true });
    for (const file of [made.masterKeyFile, made.database]) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(init(config).out)).toEqual({
      ...made,
      masterKeyCreated: false,
      adminKey: { ...made.adminKey, created: false },
    });
  });

  it.each(
    variants<[call: string, when: number, file?: string]>(
      [
        ['openat', 1, 'master.key'],
        ['openat', 1, 'data/controller.db-wal'],
        ['fsync', 2],
        ['pwrite64', 5],
      ],
      [
        ['openat', 1, 'data/controller.db'],
        ['openat', 2, 'data/controller.db'],
        ['fsync', 1],
        ['fsync', 4],
        ['pwrite64', 2],
      ],
    ),
  )('killed at %s number %d (%s) can be run again', async (call, when, file) => {
    const config = writeConfig(directory);
    const only = file === undefined ? [] : ['-P', join(directory, file)];
    const strace = [...underStrace(call, `signal=KILL:when=${when}`), ...only];
    const killed = runController(['init', '-c', config], {}, ['timeout', '30', ...strace]);
    expect(killed.signal).toBe('SIGKILL');
    const { config: settings } = loadSettings({ file: config, env: {}, flags: {}, interfaces: undefined });
    await initController(settings, systemClock);
    expect(await initController(settings, systemClock)).toMatchObject({ masterKeyCreated: false });
  });

  it('does not make a new key for a database that already has a key', () => {
    const config = writeConfig(directory);
    init(config);
    rmSync(join(directory, 'master.key'));
    const refused = init(config);
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('restore the key')]);
    expect(existsSync(join(directory, 'master.key'))).toBe(false);
  });
});

describe('mesh-controller serve refuses', () => {
  const serve = (...args: string[]) => runController(['serve', ...args], {}, ['timeout', '20']);

  it('to start without keys, with a wrong master key, one that others can read, or for another mesh', () => {
    const config = writeConfig(directory);
    expect(serve('-c', config)).toMatchObject({ code: 2, err: expect.stringContaining('master.key') });
    init(config);
    chmodSync(join(directory, 'master.key'), 0o644);
    expect(serve('-c', config)).toMatchObject({ code: 2, err: expect.stringContaining('chmod') });
    chmodSync(join(directory, 'master.key'), 0o600);
    const other = serve('-c', config, '--mesh-id', 'othermesh');
    expect(other).toMatchObject({ code: 2, err: expect.stringContaining('of mesh testmesh') });
    rmSync(join(directory, 'master.key'));
    writeFileSync(join(directory, 'master.key'), Buffer.alloc(32, 1), { mode: 0o600 });
    expect(serve('-c', config)).toMatchObject({
      code: 2,
      err: expect.stringMatching(
        /^mesh-controller: the master key does not open .*: point master_key_file at [^\n]*\n$/,
      ),
    });
  });

  it('a second controller on the same files, and leaves the first alone', async () => {
    await using first = await startTestController({ directory });
    const second = new TestController({ directory });
    await expect(second.start()).rejects.toThrow('is held by process');
    expect((await first.public.health()).status).toBe('ok');
  });
});

describe('settings', () => {
  const configtest = (env: Record<string, string>, ...flags: string[]) =>
    runController(['configtest', '--json', ...flags], env);
  const settingIn = (out: string, path: string) =>
    (JSON.parse(out) as { path: string; value: unknown; source: { kind: string } }[]).find(
      (setting) => setting.path === path,
    );

  it('come from flags before environment before file before defaults', () => {
    const file = writeConfig(directory, { epoch_seconds: 11 });
    const env = { MESH_EPOCH_SECONDS: '12' };
    expect(settingIn(configtest({}).out, 'epoch_seconds')).toMatchObject({ value: 60 });
    expect(settingIn(configtest({}, '-c', file).out, 'epoch_seconds')).toMatchObject({ value: 11 });
    expect(settingIn(configtest({ MESH_CONFIG: file }).out, 'epoch_seconds')).toMatchObject({ value: 11 });
    expect(settingIn(configtest(env, '-c', file).out, 'epoch_seconds')).toMatchObject({
      value: 12,
      source: { kind: 'env' },
    });
    const flag = configtest(env, '-c', file, '--epoch-seconds', '13');
    expect(settingIn(flag.out, 'epoch_seconds')).toMatchObject({ value: 13, source: { kind: 'flag' } });
  });

  it("understand the proof of concept's names, below their own", () => {
    const env = { THRESHOLD: '0.8', EPOCH_SECONDS: '30', MAX_BENCHMARK_AGE: '90' };
    const { out } = configtest(env);
    expect(settingIn(out, 'threshold')?.value).toBe(0.8);
    expect(settingIn(out, 'epoch_seconds')?.value).toBe(30);
    expect(settingIn(out, 'max_benchmark_age_seconds')?.value).toBe(90);
    const both = configtest({ ...env, MESH_THRESHOLD: '0.9' });
    expect(settingIn(both.out, 'threshold')?.value).toBe(0.9);
    const policy = policyOf(controllerConfig.parse({ threshold: 0.8, max_benchmark_age_seconds: 90 }));
    expect(policy).toMatchObject({ threshold: 0.8, maxBenchmarkAgeMs: 90_000 });
  });

  it.each([
    ['an unknown setting', { MESH_EPOCH_SECONDZ: '1' }, 'did you mean MESH_EPOCH_SECONDS'],
    ['a threshold above 1', { THRESHOLD: '1.1' }, 'threshold'],
    ['an epoch that is no number', { EPOCH_SECONDS: 'soon' }, 'epoch_seconds'],
    ['a network with host bits', { MESH_NETWORKS: '["10.77.0.1/16"]' }, 'networks'],
    ['a network without room', { MESH_NETWORKS: '["10.77.0.0/31"]' }, 'no room'],
    ['two networks of a family', { MESH_NETWORKS: '["10.77.0.0/16","10.78.0.0/16"]' }, 'address family'],
    ['a policy with an unknown key', { MESH_POLICY: '{"treshold":1}' }, 'policy.treshold'],
    ['a policy with a bad floor', { MESH_POLICY: '{"floors":{"refusal":2}}' }, 'policy.floors.refusal'],
    ['a group of an unknown class', { MESH_PEER_GROUPS: '{"a":["gold"]}' }, 'has no class gold'],
  ])('are refused as a whole for %s, with the reason', (_what, env, reason) => {
    const refused = configtest(env as unknown as Record<string, string>);
    expect([refused.code, refused.out]).toEqual([2, '']);
    expect(refused.err).toContain(reason);
    expect(refused.err).not.toContain('    at ');
  });

  it('end with 2 for a wrong flag and 0 for help', () => {
    expect(runController(['serve', '--no-such-flag']).code).toBe(2);
    expect(runController(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('configtest') });
    expect(runController(['--version']).out.trim()).toBe(VERSION);
    expect(VERSION).toBe(packageJson.version);
  });
});
