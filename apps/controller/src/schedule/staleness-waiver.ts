// For an interval after a start or a clock jump nobody is denied for staleness, because nodes could not have
// reported. The clock is looked at whenever somebody asks, so that no decision falls between a jump and its
// discovery.

import type { Clock } from '@mesh/host';
import { ClockJumps } from './clock-jumps.ts';

export class StalenessWaiver {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #jumps: ClockJumps;
  #untilMonotonicMs: number;

  /** @param firstMs how long it holds from the start of the process on */
  constructor(clock: Clock, intervalMs: number, firstMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#jumps = new ClockJumps(clock);
    this.#untilMonotonicMs = clock.monotonicMs() + firstMs;
  }

  /** How much longer the waiver holds, on a clock that does not jump; 0 if it does not hold. */
  remainingMs(): number {
    const nowMs = this.#clock.monotonicMs();
    if (this.#jumps.look() !== undefined) this.#untilMonotonicMs = nowMs + this.#intervalMs;
    return Math.max(0, this.#untilMonotonicMs - nowMs);
  }

  isWaived(): boolean {
    return this.remainingMs() > 0;
  }
}
