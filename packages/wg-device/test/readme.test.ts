// The example in the README, as it stands, on a real interface. (scripts/test/readme-examples.test.ts runs it
// as a dry run.)

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

it('holds what it says on a real interface', () => {
  const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const [command, ...words] = host.enter;
  // Entering the host's namespaces changes the working directory.
  const node = ['env', `--chdir=${PACKAGE}`, process.execPath];
  const options = ['--conditions=@mesh/source', '--input-type=module-typescript', '-', 'auto'];
  const output = execFileSync(command, [...words, ...node, ...options], {
    input: example,
    encoding: 'utf8',
  });
  expect(output).toMatch(/^all of it held on (kernel|userspace)$/m);
});
