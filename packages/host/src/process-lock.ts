/** Allows one process per state directory: a {@link tryFileLock} that can name its holder. */

import { readFileSync, unlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { writeFileAtomicSync } from './atomic-file.ts';
import { type FileLock, tryFileLock } from './file-lock.ts';
import { HostError } from './host-error.ts';

export type ProcessLock = FileLock;

/**
 * Takes the lock at `path` or says who holds it.
 *
 * @throws HostError `locked`, `file_io`
 */
export function acquireProcessLock(path: string): ProcessLock {
  const holderFile = `${resolve(path)}.holder`;
  const lock = tryFileLock(path);
  if (lock === undefined) {
    throw new HostError(
      'locked',
      `${resolve(path)} is held by ${holder(holderFile)}: stop it first, or give this one a directory of its own`,
    );
  }
  try {
    writeFileAtomicSync(holderFile, `${process.pid}\n`);
  } catch {
    // The holder's name is only information for people: a full disk must not stop a killed program from
    // starting again.
  }
  let held = true;
  const release = () => {
    if (!held) return;
    held = false;
    try {
      unlinkSync(holderFile);
    } catch {
      // only information for people: the lock itself decides
    }
    lock.release();
  };
  return { path: lock.path, release, [Symbol.dispose]: release };
}

function holder(holderFile: string): string {
  try {
    const pid = /^(\d{1,10})\n$/.exec(readFileSync(holderFile, 'latin1'))?.[1];
    return pid === undefined ? 'another process' : `process ${pid}`;
  } catch {
    return 'another process';
  }
}
