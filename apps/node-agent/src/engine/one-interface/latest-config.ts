// What an engine last heard from the controller: the config and when it arrived, and the lease, which limits
// how long the config applies.

import type { Clock } from '@mesh/host';
import type { WgPublicKey } from '@mesh/wg';
import { type Lease, leaseHolds, leaseLeftMs } from '../../lease/lease.ts';
import type { HeldConfig } from '../../plan/held-config.ts';

export class LatestConfig {
  readonly #clock: Clock;
  readonly #ownKey: () => WgPublicKey;
  #config: HeldConfig | undefined;
  /** The node's own key when the config arrived. */
  #readWith: WgPublicKey | undefined;
  /** When the config arrived, on the monotonic clock; undefined once everything in it is done. */
  #arrivedAtMs: number | undefined;
  #lease: Lease | undefined;
  /** Whether the lease held at the last `noteEnd` or `take`. */
  #didHold: boolean;

  /**
   * @param lease the lease of an earlier run
   * @param ownKey gives the node's own key now
   */
  constructor(clock: Clock, lease: Lease | undefined, ownKey: () => WgPublicKey) {
    this.#clock = clock;
    this.#ownKey = ownKey;
    this.#lease = lease;
    this.#didHold = this.leaseHolds();
  }

  get config(): HeldConfig | undefined {
    return this.#config;
  }

  get lease(): Lease | undefined {
    return this.#lease;
  }

  /** @param config undefined if the new lease is for the config that is held */
  take(lease: Lease, config: HeldConfig | undefined): void {
    this.#lease = lease;
    this.#didHold = this.leaseHolds();
    if (config === undefined) return;
    this.#config = config;
    this.#readWith = this.#ownKey();
    this.#arrivedAtMs = this.#clock.monotonicMs();
  }

  /** Drops pairs' keys that came before the node's present key: they are derived from the key before. */
  forgetKeysOfBefore(): void {
    if (this.#config !== undefined && this.#readWith !== this.#ownKey())
      this.#config = { ...this.#config, keySets: [] };
  }

  leaseHolds(): boolean {
    return leaseHolds(this.#lease, this.#clock.bootMs());
  }

  leaseLeftMs(): number {
    return leaseLeftMs(this.#lease, this.#clock.bootMs());
  }

  /** @returns whether the lease has ended since the last `noteEnd` or `take` */
  noteEnd(): boolean {
    const holds = this.leaseHolds();
    const ended = this.#didHold && !holds;
    if (ended) this.settled();
    this.#didHold = holds;
    return ended;
  }

  /** How long until `noteEnd` returns true, unless a new lease comes first. */
  endsInMs(): number {
    return this.#didHold ? this.leaseLeftMs() : Number.POSITIVE_INFINITY;
  }

  /**
   * How long ago the config arrived; null if everything in it was done earlier or the lease has ended.
   */
  ageMs(): number | null {
    return this.#arrivedAtMs === undefined ? null : this.#clock.monotonicMs() - this.#arrivedAtMs;
  }

  /**
   * Call it when everything in the config is done. Later removals are not counted as caused by its arrival.
   */
  settled(): void {
    this.#arrivedAtMs = undefined;
  }
}
