// How long a node may act on its last answer: its lease. An answer that states the newest version renews the
// lease. While storage fails no answer renews it: an answer that has to be given then (a denial) carries only
// the rest of the lease that the node has.

import type { Clock } from '@mesh/host';
import type { NodeId } from '@mesh/primitives';

/** How long a reading of the boot clock is used again: its resolution. A reading costs a file. */
const READING_LASTS_MS = 10;
/** The protocol has no lease of 0 s. */
const SHORTEST_SECONDS = 1;

export interface LeasesOptions {
  readonly leaseSeconds: number;
  /** How much longer leases last now, for planned work. */
  readonly extraMs: () => number;
  readonly isStorageFailing: () => boolean;
  readonly clock: Clock;
}

/** A lease that is given to nodes. */
export interface LeaseGrant {
  readonly leaseSeconds: number;
  /** On a clock that runs through suspend. */
  readonly endsAtBootMs: number;
}

export class Leases {
  readonly #options: LeasesOptions;
  /** When each node's lease ends, on a clock that runs through suspend. */
  readonly #endsAtBootMs = new Map<NodeId, number>();
  /**
   * Every lease that an earlier process gave has ended by then, because that process died before this one
   * began.
   */
  readonly #inheritedEndBootMs: number;
  #shortened = new Set<NodeId>();
  #reading = { bootMs: 0, untilMonotonicMs: Number.NEGATIVE_INFINITY };

  constructor(options: LeasesOptions) {
    this.#options = options;
    this.#inheritedEndBootMs = options.clock.bootMs() + this.#fullSeconds() * 1000;
  }

  /**
   * Renews a node's lease, unless storage fails.
   *
   * @returns the lease that an answer given now has to carry, in seconds
   */
  renew(nodeId: NodeId): number {
    if (!this.#options.isStorageFailing()) {
      const grant = this.grant();
      this.give(nodeId, grant);
      return grant.leaseSeconds;
    }
    this.#shortened.add(nodeId);
    const endMs = this.#endsAtBootMs.get(nodeId) ?? this.#inheritedEndBootMs;
    return Math.max(SHORTEST_SECONDS, Math.floor((endMs - this.#options.clock.bootMs()) / 1000));
  }

  /** The lease that begins now. It can be given to many nodes at once. */
  grant(): LeaseGrant {
    const leaseSeconds = this.#fullSeconds();
    return { leaseSeconds, endsAtBootMs: this.#recentBootMs() + leaseSeconds * 1000 };
  }

  /** Notes that a node was given this lease. Only while storage takes writes. */
  give(nodeId: NodeId, { endsAtBootMs }: LeaseGrant): void {
    this.#endsAtBootMs.set(nodeId, endsAtBootMs);
  }

  /**
   * At most 10 ms old. If the machine slept since the reading, it is too early, and what the controller
   * believes of a lease ends before the node's.
   */
  #recentBootMs(): number {
    const { clock } = this.#options;
    const monotonicMs = clock.monotonicMs();
    if (monotonicMs >= this.#reading.untilMonotonicMs)
      this.#reading = { bootMs: clock.bootMs(), untilMonotonicMs: monotonicMs + READING_LASTS_MS };
    return this.#reading.bootMs;
  }

  /**
   * How long after a change a node may act on an answer that was given before it, at most: a lease counts
   * from the moment in which the node knew that it had the newest version, which is up to a third of a lease
   * after the answer.
   */
  longestMs(): number {
    return Math.ceil((this.#fullSeconds() * 4000) / 3);
  }

  #fullSeconds(): number {
    return this.#options.leaseSeconds + Math.ceil(this.#options.extraMs() / 1000);
  }

  /** The nodes that got a shorter lease since the last call. They need an answer with the full lease. */
  takeShortened(): ReadonlySet<NodeId> {
    const shortened = this.#shortened;
    this.#shortened = new Set();
    return shortened;
  }
}
