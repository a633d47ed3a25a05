// Looks at the files of a controller that was killed, and leaves them as they are.

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkFiles, type Found } from '../crash/check-files.ts';
import type { Told } from '../crash/told.ts';
import { testConfig } from '../index.ts';

/** The next start then finds what the killed process has left. */
export async function lookAtCopy(directory: string, told: readonly Told[]): Promise<Found> {
  const copy = mkdtempSync(join(tmpdir(), 'mesh-killed-'));
  try {
    cpSync(directory, copy, { recursive: true, filter: (path) => !path.endsWith('.sock') });
    return await checkFiles(testConfig(copy), told);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
