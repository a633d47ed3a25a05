// Explains the code of a storage failure, from SQLite or the system: what is wrong and what to do next.

import { readFileSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Whether another process's lock is the cause. */
export function isLocked(code: string): boolean {
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED');
}

/** Whether there is no room: the file system is full, or a quota is used up. */
export function isFull(code: string): boolean {
  return code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT';
}

/**
 * One line without a subject: "cannot be written (SQLITE_FULL): …" can end with it.
 *
 * @param code a result code of SQLite, or of the system
 */
export function storageAdvice(file: string, code: string): string {
  if (isLocked(code)) {
    const pid = lockHolder(file);
    const who = pid === undefined ? 'another process' : `process ${pid}`;
    return `${who} holds a lock on ${file}: end it; a backup goes by "sqlite3 ${basename(file)} '.backup FILE'", which holds no such lock`;
  }
  if (isFull(code)) return `the file system of ${dirname(file)} is full: free space there`;
  if (code === 'EROFS')
    return `the file system of ${dirname(file)} is mounted read-only: mount it for writing`;
  if (code === 'EACCES' || code === 'EPERM')
    return `user ${process.geteuid?.() ?? 'unknown'} may not: correct the owner and mode of ${file} and its directory, or run this as their owner`;
  if (code.startsWith('SQLITE_READONLY'))
    return `check the owner and mode of ${file} and its directory, and that the file system is mounted for writing`;
  if (code === 'ENOENT') return `make the directory ${dirname(file)} first, for its user alone (mode 0700)`;
  if (code === 'ENOTDIR' || code === 'EISDIR' || code === 'ELOOP' || code === 'ENAMETOOLONG')
    return `a part of this path is a file, or a directory where a file belongs; choose another path`;
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
    return `${file} is damaged: stop the program and restore a backup`;
  if (code.startsWith('SQLITE_IOERR') || code === 'EIO')
    return `the disk under ${file} fails or is full: look at df and at the kernel's log`;
  if (code.startsWith('SQLITE_NOMEM') || code === 'ENOMEM') return 'the machine is out of memory: free some';
  if (code === 'EMFILE' || code === 'ENFILE') return 'too many files are open: raise LimitNOFILE';
  return `check ${file}, its directory and the disk under it`;
}

/**
 * The process that holds a write lock on a SQLite file or on its wal-index, as Linux lists it; undefined if
 * that is not known. It reads short files of the kernel and never waits.
 */
export function lockHolder(file: string): number | undefined {
  try {
    const locks = readFileSync('/proc/locks', 'latin1').split('\n');
    for (const path of [`${file}-shm`, file]) {
      const inode = inodeOf(path);
      // "1: POSIX  ADVISORY  WRITE 1234 fd:01:5678 120 120"
      const pids = locks
        .map((line) => line.trim().split(/\s+/))
        .filter(([, , , kind, , place]) => kind === 'WRITE' && inode !== undefined && place === inode)
        .map((fields) => Number(fields[4]));
      const other = pids.find((pid) => pid > 0 && pid !== process.pid);
      if (other !== undefined) return other;
    }
  } catch {
    // not Linux, or no /proc: the text does not name the holder
  }
  return undefined;
}

/** `MAJOR:MINOR:INODE`, in the form of /proc/locks. */
function inodeOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const major = ((stat.dev >> 8n) & 0xfffn) | ((stat.dev >> 32n) & 0xfffff000n);
  const minor = (stat.dev & 0xffn) | ((stat.dev >> 12n) & 0xffffff00n);
  const hex = (value: bigint) => value.toString(16).padStart(2, '0');
  return `${hex(major)}:${hex(minor)}:${stat.ino}`;
}
