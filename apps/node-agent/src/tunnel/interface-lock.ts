// One writer at a time per interface, across processes. The lock is an exclusive transaction on an empty SQLite file,
// which is a byte-range lock of the kernel's: it ends with the process that holds it, kill -9 included, so there is
// no stale lock to detect and no moment at which two contenders both believe that they broke one.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { ensurePrivateDir } from './private-dir.ts';
import { type RetryTimers, retry } from './retry.ts';
import { TunnelError } from './tunnel-error.ts';

/** Runs `task` while holding the lock. Not reentrant. @throws TunnelError `busy` */
export type InterfaceLock = <T>(task: () => Promise<T>) => Promise<T>;

export interface InterfaceLockOptions {
  /** Private folder on a file system of this boot, such as /run/aligned-mesh. */
  readonly runtimeDir: string;
  readonly interfaceName: string;
  readonly timers: RetryTimers;
  readonly timeoutMs?: number;
}

const EVERY_MS = 5;
const TIMEOUT_MS = 10_000;

export function createInterfaceLock(options: InterfaceLockOptions): InterfaceLock {
  const path = join(options.runtimeDir, `${options.interfaceName}.lock`);
  return async (task) => {
    const held = await acquire(path, options);
    try {
      return await task();
    } finally {
      held.close();
    }
  };
}

async function acquire(path: string, options: InterfaceLockOptions): Promise<Database.Database> {
  const database = open(path, options.runtimeDir);
  try {
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    const held = await retry(async () => tryLock(database), {
      timers: options.timers,
      everyMs: EVERY_MS,
      timeoutMs,
    });
    if (held) return database;
    throw new TunnelError(
      'busy',
      `another process has held the lock of ${options.interfaceName} for ${timeoutMs} ms: stop the other agent`,
    );
  } catch (error) {
    database.close();
    throw error;
  }
}

function open(path: string, runtimeDir: string): Database.Database {
  ensurePrivateDir(runtimeDir);
  try {
    // A timeout of 0: waiting is done with the injected timers, off the event loop.
    const database = new Database(path, { timeout: 0 });
    chmodSync(path, 0o600);
    return database;
  } catch (error) {
    throw new TunnelError(
      'permission_denied',
      `the lock file ${path} cannot be opened (${errorCode(error)})`,
    );
  }
}

function tryLock(database: Database.Database): true | undefined {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (errorCode(error) === 'SQLITE_BUSY') return undefined;
    throw new TunnelError('permission_denied', `the interface's lock cannot be taken (${errorCode(error)})`);
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'unknown error';
}
