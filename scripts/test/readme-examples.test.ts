// Runs every example in the READMEs of the libraries, unchanged.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { publishedPackages } from '../lib/published-packages.mjs';

const ROOT = join(import.meta.dirname, '../..');
/** Packages whose examples show the results in comments. */
const SAY_IT_IN_COMMENTS = ['@mesh/harness', '@mesh/scoring', '@mesh/wg'];

const libraries = publishedPackages()
  .filter(({ isLibrary }) => isLibrary)
  .map(({ name, folder }) => {
    const readme = readFileSync(join(ROOT, folder, 'README.md'), 'utf8');
    const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
    return { name, cwd: join(ROOT, folder), examples };
  });

describe.each(libraries)('the README of $name', ({ name, cwd, examples }) => {
  it('has examples with assertions', () => {
    expect(examples.length).toBeGreaterThan(0);
    if (SAY_IT_IN_COMMENTS.includes(name)) return;
    for (const example of examples) expect(example).toContain('assert.');
  });

  it.each(examples.map((code, index) => ({ code, index })))('example $index runs', ({ code }) => {
    // The example comes from standard input, with the package's folder as the working directory, so imports
    // resolve as they do for a user.
    const options = ['--conditions=@mesh/source', '--input-type=module-typescript'];
    expect(() => execFileSync(process.execPath, options, { cwd, input: code, stdio: 'pipe' })).not.toThrow();
  });
});
