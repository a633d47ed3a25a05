// Compares what ensure-wireguard says with what the machine really does.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeLab, ensureWireguard, LAB_TOOLS } from '../ensure-wireguard.mjs';
import { capture } from '../lib/child-process.mjs';
import { cacheFolder, unpackDebianPackages } from '../lib/unpack-debian-packages.mjs';

const silent = () => undefined;
const isRoot = process.getuid?.() === 0;

describe('ensureWireguard', () => {
  it('names every missing tool with its package, and installs nothing if it must only look', async () => {
    const said: string[] = [];
    const state = await ensureWireguard({
      log: (line) => said.push(line),
      install: false,
      env: { PATH: '/nonexistent' },
      systemFolders: [],
    });
    expect(state.mode).toBe('none');
    for (const tool of LAB_TOOLS) {
      expect(state.missing.some((line) => line.includes(tool.command) && line.includes(tool.package))).toBe(
        true,
      );
    }
    expect(state.env).toMatchObject({
      ALIGNED_MESH_LAB: 'none',
      ALIGNED_MESH_LAB_MISSING: state.missing.join('\n'),
    });
    expect(said).toEqual([]);
  });

  it('reports a mode only if namespaces and a TUN device can really be made in it', async () => {
    const state = await ensureWireguard({ log: silent, install: false });
    const env = { ...process.env, ...state.env };
    const userNamespace = state.mode === 'rootless' ? ['--user', '--map-root-user'] : [];
    const made = capture(
      'unshare',
      [...userNamespace, '--net', '--mount', 'ip', 'tuntap', 'add', 'dev', 'tun-check', 'mode', 'tun'],
      { env },
    );
    expect(made.code === 0, made.stderr).toBe(state.mode !== 'none');
    if (state.mode === 'none') expect(state.missing.length).toBeGreaterThan(0);
    if (!isRoot) expect(state.mode).not.toBe('root');
  });

  it('says plainly that no tunnel will be tested, if that is so', () => {
    const lines = describeLab({ mode: 'none', missing: ['wg is not here'], env: {} });
    expect(lines[0]).toContain('no tunnel will be tested');
    expect(lines).toContain('wg is not here');
  });
});

describe('unpacking packages without installing them', () => {
  let cache = '';
  beforeAll(() => {
    cache = mkdtempSync(join(tmpdir(), 'mesh-cache-'));
  });
  afterAll(() => rmSync(cache, { recursive: true, force: true }));

  const hasApt = capture('apt-get', ['--version']).code === 0;

  it('gives a program that runs, the second time from the cache, or says why not', () => {
    const env = { ...process.env, XDG_CACHE_HOME: cache };
    const said: string[] = [];
    const unpack = () =>
      unpackDebianPackages({ packages: ['wireguard-tools'], env, log: (line) => said.push(line) });
    const first = unpack();
    if (!hasApt) {
      expect(first.failure).toContain('apt-get');
      return;
    }
    expect(first.failure).toBeUndefined();
    if (first.failure !== undefined) return;
    const folder = join(cacheFolder(env), 'debian-wireguard-tools');
    expect(first.env.PATH).toContain(folder);
    // PATH alone must be enough: agents pass little more to the programs that they start.
    const run = capture(join(folder, 'wrappers/wg'), ['--version'], { env: {} });
    expect(run.stdout).toContain('wireguard-tools');
    expect(existsSync(join(folder, 'usr/share/doc/wireguard-tools'))).toBe(true);
    unpack();
    expect(said.at(-1)).toContain('found in the cache');
  });

  it('leaves no half-made folder when a package does not exist', () => {
    const env = { ...process.env, XDG_CACHE_HOME: cache };
    const result = unpackDebianPackages({ packages: ['no-such-package-at-all'], env, log: silent });
    expect(result.failure).toContain(hasApt ? 'no-such-package-at-all' : 'apt-get');
    expect(existsSync(join(cacheFolder(env), 'debian-no-such-package-at-all'))).toBe(false);
    expect(readdirSync(cacheFolder(env)).filter((name) => name.startsWith('work-'))).toEqual([]);
  });
});
