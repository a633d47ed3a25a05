/** Ports for clocks and timers. Apps get these and do not use the platform's clocks and timers themselves. */

import { openSync, readSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { HostError } from './host-error.ts';

export interface Clock {
  /** Wall clock, milliseconds since 1970; may jump. */
  nowMs(): number;
  /** Never goes back; stands still while the machine sleeps. For durations and timeouts. */
  monotonicMs(): number;
  /** Never goes back and runs on through suspend (10 ms resolution). For leases. */
  bootMs(): number;
}

export interface TimerOptions {
  /** Whether the timer lets the process end. */
  readonly background?: boolean;
}

export type CancelTimer = () => void;

export interface Timers {
  /**
   * Calls `fn` once, at least `delayMs` later. Any delay is allowed: `Infinity` never fires, and below 0
   * counts as 0.
   *
   * @returns a function that cancels it, and does nothing once it has fired or been cancelled
   * @throws HostError `invalid_argument` for NaN
   */
  setTimer(delayMs: number, fn: () => void, options?: TimerOptions): CancelTimer;
}

/** The machine's clocks. */
export const systemClock: Clock = createSystemClock();

/** `uptimePath` is a parameter so that tests can act as a machine without /proc. */
export function createSystemClock(uptimePath = '/proc/uptime'): Clock {
  const monotonicMs = () => performance.now();
  const readUptimeMs = openUptime(uptimePath);
  const firstMs = readUptimeMs();
  if (firstMs === undefined) return { nowMs: () => Date.now(), monotonicMs, bootMs: monotonicMs };
  let aheadMs = firstMs - monotonicMs();
  let newestMs = firstMs;
  return {
    nowMs: () => Date.now(),
    monotonicMs,
    bootMs: () => {
      const uptimeMs = readUptimeMs();
      // If the file cannot be read, the clock goes on from the last reading.
      if (uptimeMs !== undefined) aheadMs = uptimeMs - monotonicMs();
      newestMs = Math.max(newestMs, uptimeMs ?? monotonicMs() + aheadMs);
      return newestMs;
    },
  };
}

/**
 * Reads the first field of proc(5) uptime: seconds since boot, suspend included, two decimals. The file stays
 * open, because leases are looked at many times a second and opening it costs more than reading it.
 */
function openUptime(path: string): () => number | undefined {
  let file: number | undefined;
  const bytes = Buffer.alloc(64);
  return () => {
    try {
      file ??= openSync(path, 'r');
      const lengthBytes = readSync(file, bytes, 0, bytes.length, 0);
      const seconds = /^(\d+)\.(\d\d) /.exec(bytes.toString('latin1', 0, lengthBytes));
      return seconds === null ? undefined : Number(seconds[1]) * 1_000 + Number(seconds[2]) * 10;
    } catch {
      return undefined;
    }
  };
}

/** setTimeout fires at once for more than 31 bits, so a longer wait uses several timers. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export const systemTimers: Timers = {
  setTimer(delayMs, fn, options = {}) {
    checkDelay(delayMs);
    let handle: NodeJS.Timeout;
    const arm = (leftMs: number) => {
      const legMs = Math.min(leftMs, LONGEST_TIMEOUT_MS);
      handle = setTimeout(() => (leftMs > legMs ? arm(leftMs - legMs) : fn()), legMs);
      if (options.background === true) handle.unref();
    };
    arm(Math.max(delayMs, 0));
    return () => clearTimeout(handle);
  },
};

export function checkDelay(delayMs: number): void {
  if (Number.isNaN(delayMs))
    throw new HostError('invalid_argument', 'a timer needs a number of milliseconds, not NaN');
}

/**
 * Resolves after `delayMs`. Rejects with the signal's reason as soon as it aborts. Either way, no timer is
 * left.
 */
export function sleep(timers: Timers, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = timers.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
