// The examples in the README, unchanged, on a real host. (scripts/test/readme-examples.test.ts runs them as
// dry runs.)

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLabHost, type LabHost } from './support/lab-host.ts';

const PACKAGE = join(import.meta.dirname, '..');

let host: LabHost;
beforeEach(async () => {
  host = await createLabHost();
});
afterEach(() => host.close());

it.each([
  ['the tunnel', 0, /^all of it held on (kernel|userspace)$/m],
  ['the guard', 1, /^the guard held: nftables$/m],
])('the example of %s does what it says on a real host', (_, index, line) => {
  const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
  const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
  const [command, ...words] = host.enter;
  // nsenter changes the working directory.
  const node = ['env', `--chdir=${PACKAGE}`, process.execPath];
  const options = ['--conditions=@mesh/source', '--input-type=module-typescript', '-', 'auto'];
  const output = execFileSync(command, [...words, ...node, ...options], {
    input: examples[index] ?? '',
    encoding: 'utf8',
  });
  expect(output).toMatch(line);
});
