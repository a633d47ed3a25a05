/** Syncs directories: the name of a new file is on disk once its directory is. */

import { closeSync, constants, fsyncSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCodeOf } from './host-error.ts';

/** Resolves once the names in a directory are on disk. Rejects with the system's error. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** {@link syncDirectory} that blocks until it is done. */
export function syncDirectorySync(path: string): void {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Syncs the directory that holds `path`. One that this user may not read cannot be synced, and is left to the
 * system. Rejects with the system's error.
 */
export async function syncNameOf(path: string): Promise<void> {
  await syncDirectory(dirname(path)).catch(throwUnlessUnreadable);
}

/** {@link syncNameOf} that blocks until it is done. */
export function syncNameOfSync(path: string): void {
  try {
    syncDirectorySync(dirname(path));
  } catch (error) {
    throwUnlessUnreadable(error);
  }
}

function throwUnlessUnreadable(error: unknown): void {
  if (errorCodeOf(error) !== 'EACCES') throw error;
}
