// The controller's time. It is computed from the boot clock and the offset that answers have shown. Before
// the first answer it is the wall clock of this machine.

import type { Clock } from '@mesh/host';
import { addClockSample, type ClockEstimate, type ClockWindow, estimateClock } from './clock-offset.ts';

/** If two estimates differ by more than this, it is not drift: a clock was set. */
export const SET_MS = 2_000;

export class ControllerClock {
  readonly #clock: Clock;
  readonly #onSet: (() => void)[] = [];
  #window: ClockWindow = [];
  #estimate: ClockEstimate | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The controller's time now, in whole milliseconds since 1970. */
  nowMs(): number {
    if (this.#estimate === undefined) return Math.round(this.#clock.nowMs());
    return Math.round(this.#clock.bootMs() + this.#estimate.offsetMs);
  }

  /** Converts a wall-clock reading of this machine to the controller's clock. */
  fromWallMs(wallMs: number): number {
    return Math.round(wallMs + (this.nowMs() - this.#clock.nowMs()));
  }

  /**
   * Runs a call that the controller answers without waiting, and learns the time from its `server_time_ms`.
   */
  async measure<T>(call: () => Promise<T>, serverTimeMs: (answer: T) => number | undefined): Promise<T> {
    const sentAtMs = this.#clock.bootMs();
    const answer = await call();
    const told = serverTimeMs(answer);
    if (told !== undefined) this.learn({ serverTimeMs: told, sentAtMs, receivedAtMs: this.#clock.bootMs() });
    return answer;
  }

  learn(sample: { serverTimeMs: number; sentAtMs: number; receivedAtMs: number }): void {
    const before = this.#estimate;
    this.#window = addClockSample(this.#window, sample);
    this.#estimate = estimateClock(this.#window);
    if (before === undefined || this.#estimate === undefined) return;
    if (Math.abs(this.#estimate.offsetMs - before.offsetMs) > SET_MS)
      for (const notify of this.#onSet) notify();
  }

  /**
   * Calls `notify` when an answer shows that the controller's clock was set. Earlier dates are wrong then.
   */
  onSet(notify: () => void): void {
    this.#onSet.push(notify);
  }

  /**
   * Whether the time in a delayed answer shows that the controller's clock was set. That time is too
   * imprecise to learn the offset from it.
   */
  contradicts(serverTimeMs: number): boolean {
    return Math.abs(serverTimeMs - this.nowMs()) > SET_MS;
  }

  /**
   * The controller's clock − this machine's wall clock, and the uncertainty; undefined before the first
   * answer.
   */
  offset(): { readonly offsetMs: number; readonly uncertaintyMs: number } | undefined {
    if (this.#estimate === undefined) return undefined;
    return {
      offsetMs: this.nowMs() - Math.round(this.#clock.nowMs()),
      uncertaintyMs: Math.ceil(this.#estimate.uncertaintyMs),
    };
  }
}
