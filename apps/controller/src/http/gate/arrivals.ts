// Charges requests to their senders, as soon as the head of a request has arrived and whatever the answer
// will be. Each identity has two allowances: the ordinary one, and a larger reserve for requests that may end
// the node's membership or tell it of a removal.

import { ProblemError, problem } from '@mesh/protocol';
import { TokenBucket } from './token-bucket.ts';

/** How many ordinary allowances the reserve holds. */
export const RESERVE_FACTOR = 10;

export const TOO_OFTEN = 'this node sends too often; wait for as long as Retry-After says';

/** A request that was admitted, and the allowance that it was charged to. */
export class Arrival {
  readonly isFromReserve: boolean;
  readonly #bucket: TokenBucket;
  readonly #retryAfterSeconds: number;
  #isGivenBack = false;

  constructor(bucket: TokenBucket, isFromReserve: boolean, retryAfterSeconds: number) {
    this.#bucket = bucket;
    this.isFromReserve = isFromReserve;
    this.#retryAfterSeconds = retryAfterSeconds;
  }

  /**
   * Returns what the request was charged. Call it for a query that only waited, because agents send such
   * queries all the time. A second call does nothing.
   */
  giveBack(): void {
    if (this.#isGivenBack) return;
    this.#isGivenBack = true;
    this.#bucket.giveBack();
  }

  /**
   * Call it for a request that must not use the reserve.
   * @throws ProblemError `rate_limited` when this request was charged to the reserve
   */
  refuseReserve(): void {
    if (this.isFromReserve)
      throw new ProblemError(problem('rate_limited', TOO_OFTEN), this.#retryAfterSeconds);
  }
}

export class Allowance {
  readonly #ordinary: TokenBucket;
  readonly #reserve: TokenBucket;

  /** @param nowMs monotonic, as everywhere here */
  constructor(perMinute: number, nowMs: number) {
    this.#ordinary = new TokenBucket(perMinute, nowMs);
    this.#reserve = new TokenBucket(perMinute * RESERVE_FACTOR, nowMs);
  }

  /** @returns undefined when the request is to be refused */
  admit(mayUseReserve: boolean, nowMs: number): Arrival | undefined {
    if (this.#ordinary.tryTake(nowMs) === 'taken') return new Arrival(this.#ordinary, false, 0);
    if (!mayUseReserve || this.#reserve.tryTake(nowMs) === 'empty') return undefined;
    return new Arrival(this.#reserve, true, this.#ordinary.secondsToNext(nowMs));
  }

  /** Whether nothing of the ordinary allowance is left. */
  isUsedUp(nowMs: number): boolean {
    return !this.#ordinary.hasPoint(nowMs);
  }

  retryAfterSeconds(nowMs: number): number {
    return this.#ordinary.secondsToNext(nowMs);
  }
}
