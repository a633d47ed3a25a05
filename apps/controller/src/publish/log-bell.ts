// Wakes those who follow the log when something was committed.

import type { Timers } from '@mesh/host';

/** How many may wait at once. */
const MOST_WAITING = 64;

export class LogBell {
  readonly #timers: Timers;
  #waiting = new Set<() => void>();
  #isClosed = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }
  /** Whether nobody else can wait now. */
  get isFull(): boolean {
    return this.#isClosed || this.waiting >= MOST_WAITING;
  }

  /** Call it after each commit. */
  ring(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }

  /** Wakes everybody, and lets nobody wait any more. */
  close(): void {
    this.#isClosed = true;
    this.ring();
  }

  /** Resolves with the next ring, after that time, or when the signal aborts; at once if the bell is full. */
  wait(longestMs: number, signal: AbortSignal): Promise<void> {
    if (this.isFull || signal.aborted || longestMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const cancel = this.#timers.setTimer(longestMs, wake, { background: true });
      signal.addEventListener('abort', wake);
      this.#waiting.add(wake);
    });
  }
}
