// Most projects share the modules between the test files that a worker runs. A file that replaces a module
// must not meet modules that were loaded before, nor leave its own to the next file.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const REPLACES = /\bvi\.(?:doM|m)ock\(/;
const LOADS_ANEW = [
  'vi.hoisted(() => vi.resetModules());',
  'afterAll(() => void vi.resetModules());',
] as const;

/** What a test file lacks. */
const lacks = (text: string) =>
  REPLACES.test(text) ? LOADS_ANEW.filter((line) => !text.includes(line)) : [];

const files = ['packages', 'apps'].flatMap((parent) =>
  readdirSync(join(root, parent)).flatMap((name) =>
    readdirSync(join(root, parent, name, 'test'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => join(parent, name, 'test', file)),
  ),
);

describe('a test file that replaces a module', () => {
  const replacing = files.filter((file) => REPLACES.test(readFileSync(join(root, file), 'utf8')));

  it.each(replacing)('loads the modules anew, before and after: %s', (file) => {
    expect(lacks(readFileSync(join(root, file), 'utf8'))).toEqual([]);
  });

  it('is found, and found out if it does not', () => {
    expect(replacing.length).toBeGreaterThan(0);
    expect(lacks("vi.mock('node:crypto', fake);")).toEqual(LOADS_ANEW);
    expect(lacks('const a = 1;')).toEqual([]);
  });
});
