// What the controller asks of this node's measuring, as its last answer to a result said. It can ask for more
// measurements than the settings say, within bounds, and never for fewer.

import type { BenchmarkAnswer } from '@mesh/protocol';

/** However much the controller asks for, the service is not asked more often than this. */
export const LEAST_INTERVAL_MS = 5_000;

export class MeasuringAsked {
  readonly #ownIntervalMs: number;
  readonly #onPace: () => void;
  #askedMs: number | undefined;
  #wantsSignals = false;

  /**
   * @param ownIntervalMs between two measurements, as the settings have it
   * @param onPace called when the interval has become another
   */
  constructor(ownIntervalMs: number, onPace: () => void) {
    this.#ownIntervalMs = ownIntervalMs;
    this.#onPace = onPace;
  }

  /** The interval between two measurements. */
  intervalMs(): number {
    if (this.#askedMs === undefined) return this.#ownIntervalMs;
    return Math.min(this.#ownIntervalMs, Math.max(LEAST_INTERVAL_MS, this.#askedMs));
  }

  /** Whether the controller takes what this node says of itself beside its scores. */
  get wantsSignals(): boolean {
    return this.#wantsSignals;
  }

  /** @param asked undefined if the answer did not say: a controller that asks for nothing */
  heard(asked: BenchmarkAnswer['measuring']): void {
    const beforeMs = this.intervalMs();
    this.#askedMs = asked?.interval_ms;
    this.#wantsSignals = asked?.signals ?? false;
    if (this.intervalMs() !== beforeMs) this.#onPace();
  }

  /** The controller refused a message as one of an unknown form. It may be older than the one before it. */
  notUnderstood(): void {
    this.#wantsSignals = false;
  }
}
