// What a request costs its sender. It is charged as soon as its head has arrived, whatever the answer will
// be. Each identity has two allowances: the ordinary one, and a larger reserve for requests that may take a
// node's place or tell it of a removal.

import { ProblemError, problem } from '@mesh/protocol';
import { TokenBucket } from './token-bucket.ts';

/** How many ordinary allowances the reserve holds. */
export const RESERVE_FACTOR = 10;

export const TOO_OFTEN = 'this node sends too often; wait for as long as Retry-After says';

/** A request that was admitted, and the allowance that it was charged to. */
export class Arrival {
  readonly fromReserve: boolean;
  readonly #bucket: TokenBucket;
  readonly #retryAfterSeconds: number;
  #isGivenBack = false;

  constructor(bucket: TokenBucket, fromReserve: boolean, retryAfterSeconds: number) {
    this.#bucket = bucket;
    this.fromReserve = fromReserve;
    this.#retryAfterSeconds = retryAfterSeconds;
  }

  /**
   * Call it for a query that only waited, as agents' queries do all the time. The second call does nothing.
   */
  giveBack(): void {
    if (this.#isGivenBack) return;
    this.#isGivenBack = true;
    this.#bucket.giveBack();
  }

  /**
   * Call it for a request that the reserve does not serve.
   * @throws ProblemError `rate_limited` when this request was charged to the reserve
   */
  refuseReserve(): void {
    if (this.fromReserve) throw new ProblemError(problem('rate_limited', TOO_OFTEN), this.#retryAfterSeconds);
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

  /** Whether the ordinary allowance has nothing left. */
  isUsedUp(nowMs: number): boolean {
    return !this.#ordinary.hasPoint(nowMs);
  }

  retryAfterSeconds(nowMs: number): number {
    return this.#ordinary.secondsToNext(nowMs);
  }
}
