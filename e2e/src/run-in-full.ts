// The end-to-end tests of `npm test`, with the variants and files that it leaves out because they take long.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** @returns the exit code: 0 if all passed */
export function runTestsInFull(): number {
  const { status } = spawnSync(
    'pnpm',
    ['exec', 'vitest', 'run', '--project', 'e2e', '--project', 'e2e-timed'],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, E2E_IN_FULL: 'yes' },
    },
  );
  return status ?? 1;
}
