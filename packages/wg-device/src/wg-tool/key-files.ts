// Files for secrets, which `wg` reads by path only: every process can read argv. The files are in a private
// folder and exist for one command. Files that a killed process left are removed before the next command,
// under the interface's lock.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WgPresharedKey, WgPrivateKey } from '@mesh/wg';
import { ensurePrivateDir } from '../linux/private-dir.ts';

/** Writes one key to a new file (0600) and returns its path. */
export type WriteKeyFile = (key: WgPresharedKey | WgPrivateKey) => string;

/**
 * @param runtimeDir a folder in memory (tmpfs): deleted blocks on a disk could be read back.
 * @param task the files are removed when it settles.
 */
export async function withKeyFiles<T>(
  runtimeDir: string,
  interfaceName: string,
  task: (write: WriteKeyFile) => Promise<T>,
): Promise<T> {
  ensurePrivateDir(runtimeDir);
  const prefix = `${interfaceName}.keys-`;
  sweep(runtimeDir, prefix);
  // mkdtemp gives the folder mode 0700.
  const folder = mkdtempSync(join(runtimeDir, prefix));
  let count = 0;
  try {
    return await task((key) => {
      const path = join(folder, String(count++));
      writeFileSync(path, `${key}\n`, { mode: 0o600, flag: 'wx' });
      return path;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sweep(runtimeDir: string, prefix: string): void {
  for (const name of readdirSync(runtimeDir)) {
    if (name.startsWith(prefix)) rmSync(join(runtimeDir, name), { recursive: true, force: true });
  }
}
