// The lease on the boot clock: from when it counts and how long it lasts, from the answer that renewed it
// last.

import type { Clock } from '@mesh/host';

/** How many waits of a query fit into the rest of a lease, so that a lease can survive a lost query. */
const QUERIES_PER_LEASE = 3;

export class LeaseRenewal {
  readonly #clock: Pick<Clock, 'bootMs'>;
  #renewedAtBootMs = Number.NEGATIVE_INFINITY;
  #endsAtBootMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'bootMs'>) {
    this.#clock = clock;
  }

  /** Whether an answer that was true at this instant is newer than the last renewal. */
  isLater(bootMs: number): boolean {
    return bootMs > this.#renewedAtBootMs;
  }

  /**
   * @param fromBootMs the latest instant at which the answer is known to have been true. An answer can be
   *   delayed on its way or by a machine that slept
   * @returns the seconds that are left of the lease; negative if it is over. If the answer is older than an
   *   earlier renewal, its lease counts from that renewal
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
