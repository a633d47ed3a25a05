// For a while after a start or a clock jump no node is denied for staleness, because nodes could not submit
// benchmarks. Each question looks at the clock first, so that no decision is made between a jump and its
// discovery.

import type { Clock } from '@mesh/host';
import { ClockJumps } from './clock-jumps.ts';

export class StalenessWaiver {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #jumps: ClockJumps;
  #untilMonotonicMs: number;

  /** @param firstMs how long the waiver holds after the start of the process */
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
