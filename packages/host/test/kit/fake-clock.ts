/** A clock for tests that stands still until told to move, and runs the timers that come due in order. */

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

  /** Timers that wait. */
  get pendingTimers(): number {
    return this.#pending.size;
  }

  /** Milliseconds until the next timer; undefined without one. */
  get nextTimerInMs(): number | undefined {
    const next = this.#next(Number.POSITIVE_INFINITY);
    return next === undefined ? undefined : next.dueMs - this.#monotonicMs;
  }

  /**
   * Moves all clocks on by `ms`, stopping at each timer that comes due. Promises and immediates that a timer
   * set off get a turn of the event loop before the next one fires, so timers that they set take part too.
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

  /** Someone sets the wall clock: timers and the other clocks do not notice. */
  jumpWall(ms: number): void {
    this.#nowMs += ms;
  }

  /** The machine sleeps: wall and boot clock run on, the monotonic clock and its timers stand still. */
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
    // A Set keeps insertion order, so of two timers due at one instant the one set first fires first.
    for (const timer of this.#pending) {
      if (timer.dueMs > untilMs || timer.dueMs === Number.POSITIVE_INFINITY) continue;
      if (next === undefined || timer.dueMs < next.dueMs) next = timer;
    }
    return next;
  }
}

/** Two turns: an immediate that was set by an immediate (a drained queue, say) has run as well. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}
