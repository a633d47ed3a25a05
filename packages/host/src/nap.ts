// The wait between two turns of a loop. It ends at a time, or when somebody wakes the loop.

import { sleep, type Timers } from './clock.ts';

/**
 * The wait of one loop. The loop calls `arm` before it looks for work and `take` after it. A `wake` between
 * the two ends the `take` at once, so no news is lost while the loop is busy. A `wake` before `arm` has no
 * effect.
 */
export class Nap {
  readonly #timers: Timers;
  #alarm = new AbortController();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Forgets earlier wakes: the loop looks now at what they announced. */
  arm(): void {
    this.#alarm = new AbortController();
  }

  /** Ends the current nap, or the next one after the last `arm`. */
  wake(): void {
    this.#alarm.abort();
  }

  /**
   * Resolves after `ms` (`Infinity`: never by itself), at a `wake`, or when the signal aborts, and leaves no
   * timer behind. It does not say which of the three it was: the loop looks for work again in any case.
   *
   * @throws HostError `invalid_argument` for NaN
   */
  async take(ms: number, signal: AbortSignal): Promise<void> {
    const ended = AbortSignal.any([signal, this.#alarm.signal]);
    try {
      await sleep(this.#timers, ms, ended);
    } catch (error) {
      if (!ended.aborted) throw error;
    }
  }
}
