/**
 * Replaces a file durably, whole or not at all: a reader sees the old bytes or the new ones, even after a
 * crash. The steps: temporary file in the same directory (O_EXCL) → write → fsync → rename → fsync of the
 * directory.
 */

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { link, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { threadId } from 'node:worker_threads';
import { errorCodeOf, HostError } from './host-error.ts';
import { storageAdvice } from './storage-advice.ts';
import { syncDirectory, syncDirectorySync } from './sync-directory.ts';

export interface WriteFileAtomicOptions {
  /** Permission bits of the new file, whatever the umask. */
  readonly mode?: number;
  /** `false`: never replace an existing file; HostError `file_exists` instead (checked by the kernel). */
  readonly overwrite?: boolean;
}

const CREATE = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;
/** The temporary files that this thread is writing, and the targets whose leftovers it has removed. */
const underWay = new Set<string>();
const swept = new Set<string>();

/**
 * Resolves once the new content and its name are on disk. A symbolic link at `path` is replaced, not
 * followed.
 */
export async function writeFileAtomic(
  path: string,
  data: Uint8Array | string,
  options: WriteFileAtomicOptions = {},
): Promise<void> {
  const { target, temporary, mode, overwrite } = start(path, options);
  try {
    const handle = await open(temporary, CREATE, mode);
    try {
      await handle.chmod(mode);
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (overwrite) await rename(temporary, target);
    else {
      await link(temporary, target);
      await unlink(temporary);
    }
    await syncDirectory(dirname(target));
  } catch (error) {
    removeQuietly(temporary);
    throw explain(target, error);
  } finally {
    underWay.delete(temporary);
  }
}

/** {@link writeFileAtomic} that blocks until it is done. */
export function writeFileAtomicSync(
  path: string,
  data: Uint8Array | string,
  options: WriteFileAtomicOptions = {},
): void {
  const { target, temporary, mode, overwrite } = start(path, options);
  try {
    const fd = openSync(temporary, CREATE, mode);
    try {
      fchmodSync(fd, mode);
      writeFileSync(fd, data);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    if (overwrite) renameSync(temporary, target);
    else {
      linkSync(temporary, target);
      unlinkSync(temporary);
    }
    syncDirectorySync(dirname(target));
  } catch (error) {
    removeQuietly(temporary);
    throw explain(target, error);
  } finally {
    underWay.delete(temporary);
  }
}

function start(path: string, options: WriteFileAtomicOptions) {
  const target = resolve(path);
  const name = `.${basename(target)}.${process.pid}-${threadId}.${randomBytes(8).toString('hex')}.tmp`;
  const temporary = join(dirname(target), name);
  if (!swept.has(target)) {
    swept.add(target);
    sweepLeftovers(target);
  }
  underWay.add(temporary);
  return { target, temporary, mode: options.mode ?? 0o600, overwrite: options.overwrite ?? true };
}

/**
 * Removes temporary files of `path` whose writer was killed between create and rename. A thread that writes a
 * path for the first time also does this.
 *
 * @returns how many were removed
 */
export function sweepLeftovers(path: string): number {
  const target = resolve(path);
  const prefix = `.${basename(target)}.`;
  let names: string[];
  try {
    names = readdirSync(dirname(target));
  } catch {
    return 0; // the next write reports the directory's fault
  }
  let removed = 0;
  for (const name of names) {
    if (!name.startsWith(prefix)) continue;
    const writer = /^(\d+)-(\d+)\.[0-9a-f]{16}\.tmp$/.exec(name.slice(prefix.length));
    if (writer === null) continue;
    const file = join(dirname(target), name);
    if (isWriting(file, Number(writer[1]), Number(writer[2]))) continue;
    removeQuietly(file);
    removed += 1;
  }
  return removed;
}

/**
 * A restarted container gets the same process id again. So a file with the ids of this process and this
 * thread counts only while this thread writes it.
 */
function isWriting(file: string, pid: number, thread: number): boolean {
  if (pid === process.pid) return thread === threadId ? underWay.has(file) : true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCodeOf(error) === 'EPERM';
  }
}

function removeQuietly(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // the file or its directory is gone: the earlier error is the one to report
  }
}

function explain(target: string, error: unknown): HostError {
  const code = errorCodeOf(error) ?? 'unknown';
  if (code === 'EEXIST') {
    return new HostError('file_exists', `${target} exists already: it is not replaced`, { cause: error });
  }
  return new HostError(
    'file_io',
    `${target} could not be written (${code}; the old file, if any, is untouched): ${storageAdvice(target, code)}`,
    {
      cause: error,
    },
  );
}
