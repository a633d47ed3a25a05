// All tests of `npm test`, with the variants and files that it leaves out because they take long.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** @returns the exit code: 0 if all passed */
export function runTestsInFull(): number {
  const { status } = spawnSync('pnpm', ['exec', 'vitest', 'run'], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, E2E_IN_FULL: 'yes' },
  });
  return status ?? 1;
}
