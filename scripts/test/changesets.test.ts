import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { publishedPackages } from '../lib/published-packages.mjs';

const folder = join(import.meta.dirname, '../../.changeset');

describe('every changeset', () => {
  const names = publishedPackages().map(({ name }) => name);
  const files = readdirSync(folder).filter((file) => file.endsWith('.md') && file !== 'README.md');

  it.each(files)('%s names published packages only, and has a text', (file) => {
    const [, header = '', body = ''] = readFileSync(join(folder, file), 'utf8').split(/^---$/m);
    const bumped = Object.keys(parse(header) ?? {});
    expect(bumped.length).toBeGreaterThan(0);
    expect(bumped.filter((name) => !names.includes(name))).toEqual([]);
    expect(body.trim()).not.toBe('');
  });

  it('exists for the packages of the first release', () => {
    expect(files.length).toBeGreaterThan(0);
  });
});
