/** A clock for tests. It stands still until a test moves it, and runs the timers that come due in order. */

import { type CancelTimer, type Clock, checkDelay, type Timers } from '../../src/clock.ts';

interface PendingTimer {
  readonly dueMs: number;
  readonly fn: () => void;
}

export interface FakeClockStart {
  readonly nowMs?: number;
  readonly monotonicMs?: number;
  readonly bootMs?: number;
}

export class FakeClock implements Clock, Timers {
  #nowMs: number;
  #monotonicMs: number;
  #bootMs: number;
  readonly #pending = new Set<PendingTimer>();

  constructor(start: FakeClockStart = {}) {
    this.#nowMs = start.nowMs ?? Date.UTC(2030, 0, 1);
    this.#monotonicMs = start.monotonicMs ?? 1_000_000;
    this.#bootMs = start.bootMs ?? this.#monotonicMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  bootMs(): number {
    return this.#bootMs;
  }

  setTimer(delayMs: number, fn: () => void): CancelTimer {
    checkDelay(delayMs);
    const timer = { dueMs: this.#monotonicMs + Math.max(delayMs, 0), fn };
    this.#pending.add(timer);
    return () => {
      this.#pending.delete(timer);
    };
  }

  /** How many timers wait. */
  get pendingTimers(): number {
    return this.#pending.size;
  }

  /** Milliseconds until the next timer; undefined without one. */
  get nextTimerInMs(): number | undefined {
    const next = this.#next(Number.POSITIVE_INFINITY);
    return next === undefined ? undefined : next.dueMs - this.#monotonicMs;
  }

  /**
   * Moves all clocks on by `ms` and stops at each timer that comes due. Before the next timer fires, promises
   * and immediates of the last one get a turn of the event loop. So timers that they set fire too.
   */
  async advance(ms: number): Promise<void> {
    checkDelay(ms);
    const untilMs = this.#monotonicMs + ms;
    await turn();
    for (let timer = this.#next(untilMs); timer !== undefined; timer = this.#next(untilMs)) {
      this.#move(timer.dueMs - this.#monotonicMs);
      this.#pending.delete(timer);
      timer.fn();
      await turn();
    }
    this.#move(untilMs - this.#monotonicMs);
    await turn();
  }

  /** Sets the wall clock. Timers and the other clocks do not change. */
  jumpWall(ms: number): void {
    this.#nowMs += ms;
  }

  /**
   * Acts as a sleep of the machine: wall and boot clock run on, the monotonic clock and its timers stand
   * still.
   */
  suspend(ms: number): void {
    this.#nowMs += ms;
    this.#bootMs += ms;
  }

  #move(ms: number): void {
    this.#nowMs += ms;
    this.#monotonicMs += ms;
    this.#bootMs += ms;
  }

  #next(untilMs: number): PendingTimer | undefined {
    let next: PendingTimer | undefined;
    // A Set keeps the order of insertion, so of two timers due at the same instant the older one fires first.
    for (const timer of this.#pending) {
      if (timer.dueMs > untilMs || timer.dueMs === Number.POSITIVE_INFINITY) continue;
      if (next === undefined || timer.dueMs < next.dueMs) next = timer;
    }
    return next;
  }
}

/**
 * Waits two turns, so that an immediate that another immediate has set (for instance by a queue) has run too.
 */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}
