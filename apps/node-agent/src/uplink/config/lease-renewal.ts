// From when on the controller's word counts, and for how long: on the boot clock, by whichever answer renewed
// it last.

import type { Clock } from '@mesh/host';

/** How many queries fit into what is left of a lease, so that losing one never ends it. */
const QUERIES_PER_LEASE = 3;

export class LeaseRenewal {
  readonly #clock: Pick<Clock, 'bootMs'>;
  #renewedAtBootMs = Number.NEGATIVE_INFINITY;
  #endsAtBootMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'bootMs'>) {
    this.#clock = clock;
  }

  /** Whether an answer that was true then says more than the last renewal. */
  isLater(bootMs: number): boolean {
    return bootMs > this.#renewedAtBootMs;
  }

  /**
   * @param fromBootMs the latest instant at which the answer is known to have been true: it can be held up on
   *   the way, or be read by an agent whose machine slept
   * @returns the seconds that are left of the lease, negative where it is over. An answer that is older than
   *   an earlier renewal does not shorten the lease: it counts from that renewal
   */
  renew(leaseSeconds: number, fromBootMs: number): number {
    const nowMs = this.#clock.bootMs();
    this.#renewedAtBootMs = Math.max(this.#renewedAtBootMs, Math.min(fromBootMs, nowMs));
    this.#endsAtBootMs = this.#renewedAtBootMs + leaseSeconds * 1_000;
    return (this.#endsAtBootMs - nowMs) / 1_000;
  }

  /** How long the next query may wait at the controller: at least 1 s, at most `longestSeconds`. */
  waitSeconds(longestSeconds: number): number {
    const leftMs = this.#endsAtBootMs - this.#clock.bootMs();
    return Math.max(1, Math.min(longestSeconds, Math.floor(leftMs / 1_000 / QUERIES_PER_LEASE)));
  }
}
