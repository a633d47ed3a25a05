// Rings when the wall clock reaches a moment. Timers count another clock, so a long wait is split: however
// the wall clock jumps meanwhile, the alarm is late by one part at most.

import type { Clock, Timers } from '@mesh/host';

export interface WallClockAlarmOptions {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly timers: Timers;
  /** The longest part. The alarm also rings at its end, before the moment: its listener looks again. */
  readonly longestWaitMs: number;
  readonly background?: boolean;
}

export class WallClockAlarm {
  readonly #options: WallClockAlarmOptions;
  readonly #ring: () => void;
  #cancel: (() => void) | undefined;
  #setForMs = Number.POSITIVE_INFINITY;
  #isClosed = false;

  constructor(options: WallClockAlarmOptions, ring: () => void) {
    this.#options = options;
    this.#ring = ring;
  }

  /**
   * Does nothing if the alarm is set for this moment or an earlier one already, so it may be called after
   * each commit.
   *
   * @param atMs wall clock; undefined: there is nothing to wait for
   * @param leastMs how long to wait at least, for another try
   */
  set(atMs: number | undefined, leastMs = 0): void {
    if (this.#isClosed || atMs === undefined || atMs >= this.#setForMs) return;
    this.#cancel?.();
    this.#setForMs = atMs;
    const { clock, timers, longestWaitMs, background = false } = this.#options;
    const waitMs = Math.min(longestWaitMs, Math.max(leastMs, atMs - clock.nowMs()));
    const ring = () => {
      this.#setForMs = Number.POSITIVE_INFINITY;
      this.#ring();
    };
    this.#cancel = timers.setTimer(waitMs, ring, { background });
  }

  /** It does not ring any more. */
  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }
}
