// Allows one writer per interface at a time, across processes.

import { join } from 'node:path';
import { errorCodeOf, type FileLock, tryFileLock } from '@mesh/host';
import { TunnelError } from '../port/tunnel-error.ts';
import { ensurePrivateDir } from './private-dir.ts';
import { type RetryTimers, retry } from './retry.ts';

/**
 * Runs `task` while holding the lock, and rejects as the task does. Not reentrant.
 *
 * @throws TunnelError `busy`, `permission_denied`
 */
export type InterfaceLock = <T>(task: () => Promise<T>) => Promise<T>;

export interface InterfaceLockOptions {
  /** A private folder on a file system that ends with this boot, such as one in /run. */
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
    ensurePrivateDir(options.runtimeDir);
    using _held = await acquire(path, options);
    return await task();
  };
}

async function acquire(path: string, options: InterfaceLockOptions): Promise<FileLock> {
  const { interfaceName, timers, timeoutMs = TIMEOUT_MS } = options;
  const held = await retry(async () => take(path), { timers, everyMs: EVERY_MS, timeoutMs });
  if (held !== undefined) return held;
  throw new TunnelError(
    'busy',
    `another process has held the lock of ${interfaceName} for ${timeoutMs} ms: stop it`,
  );
}

function take(path: string): FileLock | undefined {
  try {
    return tryFileLock(path);
  } catch (error) {
    throw new TunnelError(
      'permission_denied',
      `the interface's lock ${path} cannot be taken (${errorCodeOf(error) ?? 'unknown error'})`,
    );
  }
}
