// The files of a running controller as they are at this moment: what a start would find if it died now.

import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { openDatabase } from '../../src/store/open-store.ts';
import type { TestController } from './index.ts';

/** @param look gets the copied database, which is gone when this returns */
export async function inCopyOfFiles<T>(
  { db, config }: TestController,
  look: (copy: Database) => T | Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-crash-'));
  try {
    // Not the shared memory: it dies with its processes.
    for (const end of ['', '-wal'])
      if (existsSync(`${db.name}${end}`))
        copyFileSync(`${db.name}${end}`, join(folder, `controller.db${end}`));
    const copy = openDatabase({ ...config, data_dir: folder });
    try {
      return await look(copy);
    } finally {
      copy.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
