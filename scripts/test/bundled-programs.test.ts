// Tests start programs from bundles. A bundle that is older than the sources would make a broken source pass.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { programFile } from '../../packages/host/test/kit/program-file.ts';
import { bundleKey } from '../lib/bundle-programs.mjs';

const root = join(import.meta.dirname, '../..');
const tree = mkdtempSync(join(tmpdir(), 'mesh-bundles-'));
afterAll(() => rmSync(tree, { recursive: true }));

const at = (path: string) => join(tree, path);
for (const folder of ['apps/a/src/deep', 'apps/left-over', 'packages/p/src', 'packages/p/test'])
  mkdirSync(at(folder), { recursive: true });
const FILES = [
  'apps/a/src/main.ts',
  'apps/a/src/deep/b.ts',
  'apps/a/package.json',
  'apps/a/tsup.config.ts',
].concat(['packages/p/src/index.ts', 'packages/p/package.json', 'pnpm-lock.yaml', 'tsup.base.ts']);
for (const file of FILES) writeFileSync(at(file), '1');

describe('the name of the bundles', () => {
  it.each(FILES)('changes with %s, and comes back with it', (file) => {
    const before = bundleKey(tree);
    expect(bundleKey(tree)).toBe(before);
    writeFileSync(at(file), '2');
    expect(bundleKey(tree)).not.toBe(before);
    writeFileSync(at(file), '1');
    expect(bundleKey(tree)).toBe(before);
  });

  it('changes with a source that is new, and not with a test', () => {
    const before = bundleKey(tree);
    writeFileSync(at('packages/p/test/p.test.ts'), '');
    expect(bundleKey(tree)).toBe(before);
    writeFileSync(at('packages/p/src/new.ts'), '');
    expect(bundleKey(tree)).not.toBe(before);
  });
});

describe('what a test starts', () => {
  it.each([
    ['cli', 'src/main.ts'],
    ['controller', 'src/main.ts'],
    ['controller', 'src/keys/psk-worker.ts'],
    ['node-agent', 'src/main.ts'],
    ['node-agent', 'src/measure/child/measure-child.ts'],
  ])('is the bundle of these sources: %s/%s', (app, source) => {
    const bundle = programFile(join(root, 'apps', app, source));
    expect(bundle).toContain(join(root, '.cache', 'programs', bundleKey(), app));
    expect(readFileSync(bundle, 'utf8')).not.toMatch(/from ['"]@mesh[/]/);
  });

  it('is the source if it is no program of an app', () => {
    const source = join(root, 'e2e/lab/knock-main.ts');
    expect(existsSync(source)).toBe(true);
    expect(programFile(source)).toBe(source);
  });
});
