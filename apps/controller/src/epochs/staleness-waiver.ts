// For an interval after a start or a clock jump nobody is denied for staleness: nodes could not have reported.

import type { Clock } from '@mesh/host';

export class StalenessWaiver {
  readonly #clock: Clock;
  #untilMonotonicMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waives staleness for the next `durationMs`, counted on a clock that does not jump. */
  waive(durationMs: number): void {
    this.#untilMonotonicMs = Math.max(this.#untilMonotonicMs, this.#clock.monotonicMs() + durationMs);
  }

  /** How much longer it holds; 0 when it does not. */
  remainingMs(): number {
    return Math.max(0, this.#untilMonotonicMs - this.#clock.monotonicMs());
  }

  isWaived(): boolean {
    return this.remainingMs() > 0;
  }
}
