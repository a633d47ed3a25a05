// How many bytes a second each pair of a report carries, from what two reports say that WireGuard has
// counted. In arrays, because a large mesh has a million pairs.

import type { NodeId } from '@mesh/primitives';
import type { CountedTraffic } from '@mesh/protocol';

/** Over less than this, the times at which reports arrive say too little. */
const OVER_AT_LEAST_MS = 10_000;
/** By how much the arrival of reports and whole seconds may mislead about how long was counted. */
const TOLERANCE_MS = 2_000;

export interface TrafficRate {
  /** Bytes a second. */
  readonly received: number;
  readonly sent: number;
  /** The time between the two reports. */
  readonly overMs: number;
}

/** What was counted before, and where. */
export interface EarlierTraffic {
  readonly rates: TrafficRates;
  /** The row of a peer; undefined if it had none. */
  rowOf(peerId: NodeId): number | undefined;
}

export class TrafficRates {
  /**
   * Of each row: when the count was noted from which the next rate is taken, received, sent. NaN: no count.
   */
  readonly #counted: Float64Array;
  /** Of each row: the newest rates, and over what time. A time of 0: there is no rate. */
  readonly #rates: Float64Array;

  private constructor(rows: number) {
    this.#counted = new Float64Array(rows * 3).fill(Number.NaN);
    this.#rates = new Float64Array(rows * 3);
  }

  /** @param rows each peer with what is counted for it, if that is known */
  static from(
    rows: readonly (readonly [NodeId, CountedTraffic | undefined])[],
    earlier: EarlierTraffic | undefined,
    nowMs: number,
  ): TrafficRates {
    const rates = new TrafficRates(rows.length);
    for (const [row, [peerId, counted]] of rows.entries()) {
      if (counted === undefined) continue;
      const before = earlier?.rowOf(peerId);
      rates.#note(row, counted, before === undefined ? undefined : earlier?.rates, before ?? 0, nowMs);
    }
    return rates;
  }

  /** @returns undefined until two reports that are far enough apart count without a break */
  of(row: number): TrafficRate | undefined {
    const [received = 0, sent = 0, overMs = 0] = threeAt(this.#rates, row);
    return overMs === 0 ? undefined : { received, sent, overMs };
  }

  #note(
    row: number,
    { receivedBytes, sentBytes, forMs }: CountedTraffic,
    earlier: TrafficRates | undefined,
    before: number,
    nowMs: number,
  ): void {
    const [atMs = Number.NaN, received = 0, sent = 0] =
      earlier === undefined ? [] : threeAt(earlier.#counted, before);
    const overMs = nowMs - atMs;
    // A count that is lower, or younger than the one before, has begun anew. What was lost is not known.
    const goesOn = receivedBytes >= received && sentBytes >= sent && forMs + TOLERANCE_MS >= overMs;
    if (goesOn && overMs < OVER_AT_LEAST_MS) {
      this.#counted.set([atMs, received, sent], row * 3);
      if (earlier !== undefined) this.#rates.set(threeAt(earlier.#rates, before), row * 3);
      return;
    }
    this.#counted.set([nowMs, receivedBytes, sentBytes], row * 3);
    if (!goesOn) return;
    const seconds = overMs / 1_000;
    this.#rates.set([(receivedBytes - received) / seconds, (sentBytes - sent) / seconds, overMs], row * 3);
  }
}

const threeAt = (array: Float64Array, row: number): Float64Array => array.subarray(row * 3, row * 3 + 3);
