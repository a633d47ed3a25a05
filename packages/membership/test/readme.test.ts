import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

it('the README has examples that assert something', () => {
  expect(examples.length).toBeGreaterThan(0);
  for (const example of examples) expect(example).toContain('assert.');
});

it.each(examples.map((code, i) => ({ i, code })))('README example $i runs', ({ code }) => {
  // From standard input, with this folder as the working directory: imports resolve as they do for a user.
  const options = ['--conditions=@mesh/source', '--input-type=module'];
  expect(() =>
    execFileSync(process.execPath, options, { cwd: root, input: code, stdio: 'pipe' }),
  ).not.toThrow();
});
