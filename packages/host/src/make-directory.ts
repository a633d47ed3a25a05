/** Makes directories that are private from the start, and whose names are on disk. */

import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCodeOf } from './host-error.ts';
import { syncNameOfSync } from './sync-directory.ts';

/**
 * Makes a directory, and the missing ones above it, with mode 0700. They are on disk when this returns,
 * except in a directory that this user may not read: see `syncNameOf`. An existing one stays as it is. Node's
 * recursive mkdir never returns on a file system that refuses directories (/proc).
 *
 * @throws the system's error; ENOTDIR if something in the path is not a directory
 */
export function makePrivateDirectory(path: string): void {
  if (isDirectory(path)) return;
  const parent = dirname(path);
  if (parent !== path) makePrivateDirectory(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
    // Otherwise all that is synced below it could be lost with its name.
    syncNameOfSync(path);
  } catch (error) {
    // Another process was first.
    if (errorCodeOf(error) !== 'EEXIST' || !isDirectory(path)) throw error;
  }
}

function isDirectory(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.isDirectory()) return stat !== undefined;
  throw Object.assign(new Error(`${path} is no directory`), { code: 'ENOTDIR' });
}
