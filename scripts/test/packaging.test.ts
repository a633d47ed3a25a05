// The Debian packages, as far as that is quick: their scripts, documents and bytes. `npm run e2e -- packages`
// installs, upgrades and purges them.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capture } from '../lib/child-process.mjs';
import { buildDeb, maintainerScripts } from '../packaging/build-deb.mjs';
import { BUNDLED_NODE_VERSION, requireDigest } from '../packaging/bundled-node.mjs';
import { DEBIAN_PACKAGES } from '../packaging/debian-packages.mjs';
import { copyNativeModules } from '../packaging/native-modules.mjs';
import { changelogOf } from '../packaging/package-documents.mjs';
import { commandsIn } from '../packaging/program-manual.mjs';
import { sourceDateSeconds } from '../packaging/source-date.mjs';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const served = DEBIAN_PACKAGES.filter(({ unit }) => unit !== undefined);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-packaging-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(served)('$name', (debian) => {
  it('has scripts that a shell can read, with every mark filled in', () => {
    for (const [name, script] of Object.entries(maintainerScripts(debian))) {
      expect(script).not.toMatch(/@[A-Z_]+@/);
      const file = join(folder, `${debian.name}.${name}`);
      writeFileSync(file, script);
      expect(capture('sh', ['-n', file])).toMatchObject({ code: 0, stderr: '' });
    }
  });

  it('makes the user and the folder of its unit', () => {
    const unit = read(`systemd/${debian.unit}.service`);
    const [, user = ''] = /^User=(.*)$/m.exec(unit) ?? [];
    const [, state = ''] = /^StateDirectory=(.*)$/m.exec(unit) ?? [];
    expect(read(`packaging/sysusers/${debian.name}.conf`)).toMatch(new RegExp(`^u ${user} - "`, 'm'));
    expect(read(`packaging/tmpfiles/${debian.name}.conf`)).toMatch(
      new RegExp(`^d /var/lib/${state} 0700 ${user} ${user} -$`, 'm'),
    );
  });

  it('starts the program that the package has', () => {
    expect(read(`systemd/${debian.unit}.service`)).toMatch(
      new RegExp(`^ExecStart=/usr/bin/${debian.program} `, 'm'),
    );
  });
});

describe('purging', () => {
  const purged = (name: string) => {
    const debian = DEBIAN_PACKAGES.find((one) => one.name === name);
    return debian === undefined ? '' : (maintainerScripts(debian).postrm ?? '');
  };

  it('deletes what a node has', () => {
    expect(purged('aligned-mesh-agent')).toContain('rm -rf /var/lib/mesh-agent');
  });

  it.each(['aligned-mesh-controller', 'aligned-mesh-witness'])('deletes nothing of %s', (name) => {
    expect(purged(name)).toContain('is kept');
    expect(purged(name)).not.toMatch(/\brm\b/);
  });
});

describe('a package', () => {
  const [debian] = DEBIAN_PACKAGES.slice(-1) as [(typeof DEBIAN_PACKAGES)[number]];
  const names = ['usr/share/b', 'usr/share/a', 'usr/bin/meshctl'];

  function bytesOf(order: readonly string[], mode: number, name: string): Buffer {
    const tree = join(folder, name);
    for (const path of order) {
      mkdirSync(join(tree, path, '..'), { recursive: true });
      writeFileSync(join(tree, path), `content of ${path}\n`, { mode });
    }
    const out = join(folder, `${name}.out`);
    mkdirSync(out);
    const file = buildDeb({ debian, folder: tree, version: '1.2.3', dateSeconds: 1_700_000_000, out });
    expect(file).toMatch(/^meshctl_1\.2\.3_(amd64|arm64)\.deb$/);
    return readFileSync(join(out, file));
  }

  it('has the same bytes, whatever the order, the times and the modes of its files were', () => {
    const one = bytesOf(names, 0o600, 'one');
    expect(bytesOf(names.toReversed(), 0o666, 'two').equals(one)).toBe(true);
  });

  it('has other bytes with another file (control)', () => {
    expect(bytesOf([...names, 'usr/share/c'], 0o600, 'three').equals(bytesOf(names, 0o600, 'four'))).toBe(
      false,
    );
  });
});

describe('the Node in the packages', () => {
  it('is the version that the scripts bring', () => {
    expect(read('scripts/bootstrap.mjs')).toContain(`NODE_VERSION = '${BUNDLED_NODE_VERSION}'`);
  });

  it('is refused with another digest', () => {
    const digest =
      'sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==';
    expect(() => requireDigest(new Uint8Array(), digest, 'nothing')).not.toThrow();
    expect(() => requireDigest(new Uint8Array(1), digest, 'one byte')).toThrow(/one byte has the digest/);
  });
});

describe('native modules', () => {
  it('bring one binary, and no sources', () => {
    const to = join(folder, 'natives');
    const names = ['better-sqlite3', 'sodium-native'];
    const from = join(root, 'apps/controller');
    expect(copyNativeModules({ names, from, to, platform: 'linux-x64' })).toContain('require-addon');
    const files = capture('find', [
      to,
      '-type',
      'f',
      '(',
      '-name',
      '*.node',
      '-o',
      '-name',
      '*.cpp',
      ')',
    ]).stdout;
    expect(
      files
        .trim()
        .split('\n')
        .map((file) => file.slice(to.length + '/node_modules/'.length))
        .sort(),
    ).toEqual([
      'better-sqlite3/prebuilds/linux-x64.node',
      'sodium-native/prebuilds/linux-x64/sodium-native.node',
    ]);
  });

  it('are refused for a platform without a binary', () => {
    const options = {
      names: ['better-sqlite3'],
      from: join(root, 'apps/controller'),
      platform: 'linux-mips',
    };
    expect(() => copyNativeModules({ ...options, to: join(folder, 'mips') })).toThrow(
      /0 binaries for linux-mips/,
    );
  });
});

describe('documents', () => {
  it('of changes have the changesets of the package, in lines of 80 columns', () => {
    const options = { root, name: 'meshctl', npmName: '@mesh/cli', version: '0.1.0', dateSeconds: 0 };
    const changelog = changelogOf(options);
    expect(changelog).toMatch(/^meshctl \(0\.1\.0\) unstable; urgency=medium\n\n {2}\* \S/);
    expect(changelog).toMatch(/\n\n -- Aligned Mesh <\S+> {2}Thu, 01 Jan 1970 00:00:00 \+0000\n$/);
    expect(changelog.split('\n').filter((line) => line.length > 80 && line.includes(' ', 5))).toEqual([]);
  });

  it('find the commands in a help text, and not help itself', () => {
    const help =
      'Usage: x\n\nCommands:\n  serve [options]  serve\n                   more\n  help [command]   help\n\nExit codes:\n  0  done\n';
    expect(commandsIn(help)).toEqual(['serve']);
    expect(commandsIn('Usage: x\n')).toEqual([]);
  });
});

describe('the time in the packages', () => {
  it('is SOURCE_DATE_EPOCH, or that of the last commit', () => {
    expect(sourceDateSeconds(root, { SOURCE_DATE_EPOCH: '1700000000' })).toBe(1_700_000_000);
    expect(sourceDateSeconds(root, {})).toBeGreaterThan(1_600_000_000);
  });

  it('is refused if it is no number, and outside a checkout', () => {
    expect(() => sourceDateSeconds(root, { SOURCE_DATE_EPOCH: 'today' })).toThrow(/takes seconds since 1970/);
    expect(() => sourceDateSeconds(folder, {})).toThrow(/set SOURCE_DATE_EPOCH/);
  });
});
