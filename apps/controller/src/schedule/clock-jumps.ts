// Notices when the wall clock was set or the machine slept: the wall clock has then moved against the
// monotonic one. Slow corrections (NTP slewing) stay below the limit between two looks.

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
   * How far the wall clock has jumped since the last look, negative if back; undefined if it has not jumped.
   */
  look(): number | undefined {
    const offsetMs = offsetOf(this.#clock);
    const movedMs = offsetMs - this.#lastOffsetMs;
    this.#lastOffsetMs = offsetMs;
    return Math.abs(movedMs) > JUMP_MS ? movedMs : undefined;
  }
}

const offsetOf = (clock: Clock): number => clock.nowMs() - clock.monotonicMs();
