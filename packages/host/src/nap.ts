// The wait at the end of a loop's turn: until a time, or until somebody wakes the loop.

import { sleep, type Timers } from './clock.ts';

/**
 * One loop's wait. The loop calls `arm` before it looks for work and `take` after it. A `wake` between the
 * two ends that `take` at once, so no news is lost while the loop is busy. A `wake` before `arm` has no
 * effect.
 */
export class Nap {
  readonly #timers: Timers;
  #alarm = new AbortController();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Forgets earlier wakes: what they announced is what the loop looks at now. */
  arm(): void {
    this.#alarm = new AbortController();
  }

  /** Ends the nap under way, or the one that follows the last `arm`. */
  wake(): void {
    this.#alarm.abort();
  }

  /**
   * Resolves after `ms` (`Infinity`: never by itself), at a `wake`, or when the signal aborts, and leaves no
   * timer behind. It does not say which of the three it was: the loop looks anew anyway.
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
