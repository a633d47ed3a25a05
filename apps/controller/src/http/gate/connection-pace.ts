// Limits how fast a source address may open connections. A TLS handshake costs the controller a millisecond
// of CPU, and the caller next to nothing.

import { TokenBucket } from './token-bucket.ts';

/** How many seconds' worth of connections an address may open at once; one connection at least. */
const BURST_SECONDS = 2;
/** When so many addresses have come, those of which none has come since the last time are forgotten. */
const MAX_NETWORKS = 32_768;

export class ConnectionPace {
  readonly #perSecond: number;
  readonly #monotonicMs: () => number;
  /** By network. An address that comes again moves from the older map to the newer one. */
  #buckets = new Map<string, TokenBucket>();
  #older = new Map<string, TokenBucket>();

  constructor(perSecond: number, monotonicMs: () => number) {
    this.#perSecond = perSecond;
    this.#monotonicMs = monotonicMs;
  }

  /** Counts a connection. @param network from networkOf @returns whether it may go on */
  admit(network: string): boolean {
    const nowMs = this.#monotonicMs();
    return this.#bucketOf(network, nowMs).tryTake(nowMs) === 'taken';
  }

  #bucketOf(network: string, nowMs: number): TokenBucket {
    const known = this.#buckets.get(network);
    if (known !== undefined) return known;
    if (this.#buckets.size >= MAX_NETWORKS) {
      this.#older = this.#buckets;
      this.#buckets = new Map();
    }
    const bucket =
      this.#older.get(network) ??
      new TokenBucket(this.#perSecond * 60, nowMs, Math.max(1, this.#perSecond * BURST_SECONDS));
    this.#buckets.set(network, bucket);
    return bucket;
  }
}
