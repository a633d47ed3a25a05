// Notices that the wall clock was set, or that the machine slept: it then moves against the monotonic clock.
// Slow corrections (NTP slewing) stay below the limit between two looks.

import type { Clock } from '@mesh/host';

/** How far the wall clock may move against the monotonic one between two looks before it counts as a jump. */
const JUMP_MS = 2_000;

export class ClockJumps {
  readonly #clock: Clock;
  #lastOffsetMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastOffsetMs = offsetOf(clock);
  }

  /**
   * By how much the wall clock has jumped since the last look, negative for back; undefined if it has not.
   */
  look(): number | undefined {
    const offsetMs = offsetOf(this.#clock);
    const movedMs = offsetMs - this.#lastOffsetMs;
    this.#lastOffsetMs = offsetMs;
    return Math.abs(movedMs) > JUMP_MS ? movedMs : undefined;
  }
}

const offsetOf = (clock: Clock): number => clock.nowMs() - clock.monotonicMs();
