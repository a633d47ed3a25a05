// Positive controls for the dependency rule: in a small tree with the repository's layout, every breach must
// be reported. A checker that resolves nothing would let all of them pass.
import { globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blindSpots, checkDependencies } from '../check-dependencies.mjs';

const ROOT = join(import.meta.dirname, '../..');

const PACKAGES = [
  'primitives',
  'psk',
  'scoring',
  'protocol',
  'membership',
  'evidence',
  'client',
  'host',
  'wg-device',
];
const APPS = ['controller', 'node-agent', 'cli', 'dashboard'];

/** A tree without a breach: every package imports only what it may. */
const LAWFUL: Record<string, string> = {
  'packages/primitives/src/index.ts': 'export const lengthPrefixed = 1;',
  'packages/psk/src/index.ts': "export { lengthPrefixed } from '@mesh/primitives';",
  'packages/scoring/src/index.ts': "export type { reason } from './reason.ts';",
  'packages/scoring/src/reason.ts':
    "import { lengthPrefixed } from '@mesh/primitives';\nexport const reason = lengthPrefixed;",
  'packages/protocol/src/index.ts': "export type { reason } from '@mesh/scoring';\nexport { z } from 'zod';",
  'packages/membership/src/index.ts': "export { fold } from './state/fold.ts';",
  'packages/evidence/src/index.ts': "export type { reason } from '@mesh/protocol';",
  'packages/client/src/index.ts': "export type { reason } from '@mesh/protocol';",
  'packages/membership/src/state/fold.ts':
    "export type { reason } from '@mesh/scoring';\nexport const fold = 1;",
  'packages/membership/src/requests/rule.ts': "export { leave as rule } from '../commands/leave.ts';",
  'packages/membership/src/commands/leave.ts': "export { fold as leave } from '../state/fold.ts';",
  'packages/host/src/index.ts':
    "export { readFileSync } from 'node:fs';\nexport { default as Sqlite } from 'better-sqlite3';",
  'packages/wg-device/src/index.ts': "export { drive } from './uapi/drive.ts';",
  'packages/wg-device/src/uapi/drive.ts': "export { readFileSync as drive } from '@mesh/host';",
  'packages/wg-device/src/wg-tool/drive.ts': 'export const drive = 1;',
  'apps/controller/src/main.ts': "import { compose } from './compose.ts';\ncompose();",
  'apps/controller/src/compose.ts':
    "import { storage } from './compose/open-storage.ts';\nexport const compose = () => storage;",
  'apps/controller/src/compose/open-storage.ts':
    "import { journal } from '../store/journal.ts';\nexport const storage = journal;",
  'apps/controller/src/store/journal.ts':
    "import Sqlite from 'better-sqlite3';\nexport const journal = Sqlite;",
  'apps/controller/src/http/routes/route.ts': 'export const route = 1;',
  'apps/node-agent/src/main.ts': "export type { Sqlite } from '@mesh/host';",
  'apps/node-agent/src/compose.ts': "export { host as compose } from './compose/open-host.ts';",
  'apps/node-agent/src/compose/open-host.ts': "export { due as host } from '../plan/due.ts';",
  'apps/node-agent/src/commands/up.ts': "export { compose as up } from '../compose.ts';",
  'apps/node-agent/src/plan/due.ts': 'export const due = 1;',
  'apps/node-agent/src/uplink/config/loop.ts': 'export const loop = 1;',
  'apps/node-agent/src/measure/pick.ts': "export { loop as pick } from './sources/source.ts';",
  'apps/node-agent/src/measure/sources/source.ts': 'export const loop = 1;',
  'apps/node-agent/src/beside.ts': 'export const beside = 1;',
  'apps/cli/src/session/ask.ts': 'export const ask = 1;',
  'apps/cli/src/output/table.ts': "export { ask as table } from '../session/ask.ts';",
  'apps/dashboard/src/main.tsx': "export { app } from './shell/app.ts';",
  'apps/dashboard/src/shell/app.ts': "export { route as app } from '../page/route.ts';",
  'apps/dashboard/src/page/route.ts': 'export const route = 1;',
  'e2e/lab/index.ts': 'export const lab = 1;',
  // Type imports vanish in the build, so they make no cycle and open no database.
  'packages/psk/src/key.ts':
    "import type { Holder } from './holder.ts';\nexport type Key = { holder: Holder };",
  'packages/psk/src/holder.ts': "import type { Key } from './key.ts';\nexport type Holder = { key: Key };",
  'apps/node-agent/src/row.ts': "import type Sqlite from 'better-sqlite3';\nexport type Row = typeof Sqlite;",
};

/**
 * The rule, the folder of the file that breaks it, and its text. The files share one tree, each with its own
 * name.
 */
const BREACHES = [
  ['everything-resolves', 'packages/psk/src', "export * from '@mesh/nowhere';"],
  ['no-cycles', 'packages/scoring/src', "export { near } from './circle.ts';\nexport const far = 1;"],
  ['primitives-stand-alone', 'packages/primitives/src', "export * from '@mesh/scoring';"],
  ['pure-packages-never-sideways', 'packages/protocol/src', "export * from '@mesh/psk';"],
  ['pure-packages-never-sideways', 'packages/psk/src', "export * from '@mesh/host';"],
  [
    'pure-packages-never-sideways',
    'packages/psk/src',
    "export * from '../../../apps/controller/src/http/routes/route.ts';",
  ],
  ['scoring-only-for-protocol', 'packages/psk/src', "export type { reason } from '@mesh/scoring';"],
  ['client-builds-on-messages', 'packages/client/src', "export type { reason } from '@mesh/scoring';"],
  [
    'host-never-up',
    'packages/host/src',
    "export * from '../../../apps/controller/src/http/routes/route.ts';",
  ],
  ['wg-device-knows-no-mesh', 'packages/wg-device/src', "export * from '@mesh/psk';"],
  ['wg-device-is-for-linux-apps', 'packages/host/src', "export { drive } from '@mesh/wg-device';"],
  [
    'wg-device-adapters-stand-apart',
    'packages/wg-device/src/uapi',
    "export { drive } from '../wg-tool/drive.ts';",
  ],
  ['folders-never-up', 'packages/wg-device/src/port', "export { drive } from '../uapi/drive.ts';"],
  ['folders-never-up', 'packages/membership/src/commands', "export { rule } from '../requests/rule.ts';"],
  ['folders-never-up', 'packages/membership/src/events', "export { fold } from '../state/fold.ts';"],
  ['folders-never-up', 'apps/controller/src/trust', "export { journal } from '../store/journal.ts';"],
  ['folders-never-up', 'apps/controller/src/http/gate', "export { route } from '../routes/route.ts';"],
  ['folders-never-up', 'apps/node-agent/src/plan', "export { loop } from '../uplink/config/loop.ts';"],
  ['folders-never-up', 'apps/node-agent/src/uplink/channel', "export { loop } from '../config/loop.ts';"],
  ['folders-never-up', 'apps/node-agent/src/measure/child', "export { pick } from '../pick.ts';"],
  ['folders-never-up', 'apps/node-agent/src/measure/sources', "export { beside } from '../../beside.ts';"],
  ['folders-never-up', 'apps/cli/src/session', "export { table } from '../output/table.ts';"],
  ['folders-never-up', 'apps/dashboard/src/page', "export { app } from '../shell/app.ts';"],
  ['folders-never-up', 'apps/dashboard/src/shell', "export { app } from '../main.tsx';"],
  ['no-app-to-app', 'apps/node-agent/src', "export * from '../../controller/src/http/routes/route.ts';"],
  ['apps-know-no-labs', 'apps/controller/src', "export * from '../../../e2e/lab/index.ts';"],
  ['pure-means-no-platform', 'packages/psk/src', "export { createHmac } from 'node:crypto';"],
  ['pure-means-no-platform', 'packages/psk/src', "export { inspect } from 'util';"],
  ['pure-means-pure-libraries', 'packages/protocol/src', "export { default } from 'better-sqlite3';"],
  ['sqlite-behind-the-store', 'apps/node-agent/src', "export { default } from 'better-sqlite3';"],
  ['only-main-composes', 'apps/controller/src/http', "export { compose } from '../compose.ts';"],
  ['only-main-composes', 'apps/controller/src/http', "export { storage } from '../compose/open-storage.ts';"],
  ['only-main-composes', 'apps/node-agent/src/run', "export { host } from '../compose/open-host.ts';"],
  ['folders-never-up', 'apps/node-agent/src/compose', "export { up } from '../commands/up.ts';"],
  ['state-is-a-pure-fold', 'packages/membership/src/state', "export { leave } from '../commands/leave.ts';"],
  ['membership-builds-on-messages-and-decisions', 'packages/membership/src', "export * from '@mesh/psk';"],
  [
    'evidence-builds-on-log-messages-and-decisions',
    'packages/evidence/src',
    "export * from '@mesh/membership';",
  ],
  ['plan-is-pure', 'apps/node-agent/src/plan', "export { loop } from '../uplink/config/loop.ts';"],
  ['plan-is-pure', 'apps/node-agent/src/plan', "export { drive } from '@mesh/wg-device';"],
  ['routes-call-commands', 'apps/controller/src/http', "export { journal } from '../store/journal.ts';"],
  [
    'no-deep-imports',
    'apps/controller/src',
    "export { reason } from '../../../packages/scoring/src/reason.ts';",
  ],
  ['no-tests-in-src', 'packages/psk/src', "export * from '../test/samples.ts';"],
  ['shipped-code-declares-its-dependencies', 'apps/node-agent/src', "export { default } from 'undeclared';"],
].map(([rule = '', folder = '', text = ''], index) => ({ rule, text, file: `${folder}/breach-${index}.ts` }));

/** The other half of the cycle. */
const CIRCLE = {
  'packages/scoring/src/circle.ts': "export { far } from './breach-1.ts';\nexport const near = 1;",
};

function write(tree: string, file: string, text: string): void {
  mkdirSync(dirname(join(tree, file)), { recursive: true });
  writeFileSync(join(tree, file), text);
}

/** Writes the tree with the workspace's links, so that names resolve as they do in the repository. */
function writeTree(tree: string, files: Record<string, string>): void {
  write(tree, 'tsconfig.json', '{ "compilerOptions": { "module": "nodenext", "target": "es2023" } }');
  write(tree, 'package.json', '{ "name": "tree", "private": true, "type": "module" }');
  for (const library of ['zod', 'better-sqlite3', 'undeclared']) {
    write(tree, `node_modules/${library}/package.json`, JSON.stringify({ name: library, main: 'index.js' }));
    write(tree, `node_modules/${library}/index.js`, 'module.exports = {};');
  }
  const dependencies = { zod: '1', 'better-sqlite3': '1' };
  for (const name of PACKAGES) {
    const exports = { '.': { '@mesh/source': './src/index.ts', default: './dist/index.js' } };
    const manifest = { name: `@mesh/${name}`, type: 'module', exports, dependencies };
    write(tree, `packages/${name}/package.json`, JSON.stringify(manifest));
    mkdirSync(join(tree, 'node_modules/@mesh'), { recursive: true });
    symlinkSync(join(tree, 'packages', name), join(tree, 'node_modules/@mesh', name));
  }
  for (const name of APPS) {
    write(
      tree,
      `apps/${name}/package.json`,
      JSON.stringify({ name: `@mesh/${name}`, type: 'module', dependencies }),
    );
  }
  write(tree, 'packages/psk/test/samples.ts', 'export const samples = 1;');
  for (const [file, text] of Object.entries(files)) write(tree, file, text);
}

describe('the dependency rule', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-dependencies-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const check = (name: string, files: Record<string, string>) => {
    const tree = join(folder, name);
    writeTree(tree, files);
    return { tree, report: checkDependencies(tree) };
  };

  it('finds nothing in a tree without a breach, after looking at all of it', () => {
    const { tree, report } = check('lawful', LAWFUL);
    expect(report.violations).toEqual([]);
    expect(blindSpots(report, tree)).toEqual([]);
    expect(report.modules.map(({ source }) => source)).toEqual(expect.arrayContaining(Object.keys(LAWFUL)));
  });

  describe('in a tree with every breach', () => {
    let violations: ReturnType<typeof checkDependencies>['violations'] = [];
    beforeAll(() => {
      const breaches = Object.fromEntries(BREACHES.map(({ file, text }) => [file, text]));
      violations = check('broken', { ...LAWFUL, ...CIRCLE, ...breaches }).report.violations;
    });

    it.each(BREACHES)('reports $rule for `$text`, and says what to do instead', ({ rule, file }) => {
      const found = violations.find(({ rule: name, from, to }) => name === rule && [from, to].includes(file));
      expect(found, JSON.stringify(violations, undefined, 1)).toBeDefined();
      expect(found?.advice.length).toBeGreaterThan(40);
    });
  });

  it('has a positive control for each rule', async () => {
    const { default: config } = await import('../../.dependency-cruiser.cjs');
    const controlled = new Set(BREACHES.map(({ rule }) => rule));
    expect(config.forbidden?.map(({ name }: { name?: string }) => name)).toEqual(
      expect.arrayContaining([...controlled]),
    );
    expect(config.forbidden?.filter(({ name }: { name?: string }) => !controlled.has(name ?? ''))).toEqual(
      [],
    );
  });

  it('gives every folder of every app, and of the packages with floors, a floor', async () => {
    const { default: config } = await import('../../.dependency-cruiser.cjs');
    const floors = (config.forbidden ?? [])
      .filter(({ name }: { name?: string }) => name === 'folders-never-up')
      .map(({ from }: { from: { path?: unknown } }) => new RegExp(String(from.path)));
    const files = globSync('{apps/*,packages/{wg-device,membership}}/src/*/**/*.{ts,tsx}', { cwd: ROOT });
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((file) => !floors.some((floor: RegExp) => floor.test(file)))).toEqual([]);
  });

  it('reports a run that saw no module as blind', () => {
    expect(blindSpots({ modules: [], violations: [] }).length).toBeGreaterThan(1);
  });
});
