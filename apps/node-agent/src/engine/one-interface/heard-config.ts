// What an engine last heard from the controller, and for how long that stands: the config, when it arrived,
// the lease.

import type { Clock } from '@mesh/host';
import { type Lease, leaseHolds, leaseLeftMs } from '../../lease/lease.ts';
import type { HeldConfig } from '../../plan/held-config.ts';

export class HeardConfig {
  readonly #clock: Clock;
  #config: HeldConfig | undefined;
  /** On the monotonic clock; undefined once everything that the config says is done. */
  #arrivedAtMs: number | undefined;
  #lease: Lease | undefined;
  /** Whether the lease held when this was last asked by `noteEnd`, or was given since. */
  #held: boolean;

  /** @param lease of an earlier run */
  constructor(clock: Clock, lease: Lease | undefined) {
    this.#clock = clock;
    this.#lease = lease;
    this.#held = this.leaseHolds();
  }

  get config(): HeldConfig | undefined {
    return this.#config;
  }

  get lease(): Lease | undefined {
    return this.#lease;
  }

  /** @param config undefined: the one held stands for the new lease */
  take(lease: Lease, config: HeldConfig | undefined): void {
    this.#lease = lease;
    this.#held = this.leaseHolds();
    if (config === undefined) return;
    this.#config = config;
    this.#arrivedAtMs = this.#clock.monotonicMs();
  }

  leaseHolds(): boolean {
    return leaseHolds(this.#lease, this.#clock.bootMs());
  }

  leaseLeftMs(): number {
    return leaseLeftMs(this.#lease, this.#clock.bootMs());
  }

  /** @returns whether the lease has ended since the last call */
  noteEnd(): boolean {
    const holds = this.leaseHolds();
    const ended = this.#held && !holds;
    if (ended) this.settled();
    this.#held = holds;
    return ended;
  }

  /** How long until `noteEnd` has news, unless a new lease comes first. */
  endsInMs(): number {
    return this.#held ? this.leaseLeftMs() : Number.POSITIVE_INFINITY;
  }

  /**
   * How long ago the config arrived; null where everything that it says was done before, or the lease has
   * ended.
   */
  ageMs(): number | null {
    return this.#arrivedAtMs === undefined ? null : this.#clock.monotonicMs() - this.#arrivedAtMs;
  }

  /**
   * Everything that the config says is done: what is removed from now on is not removed because of its
   * arrival.
   */
  settled(): void {
    this.#arrivedAtMs = undefined;
  }
}
