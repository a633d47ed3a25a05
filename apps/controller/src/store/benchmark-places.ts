// Knows where each node's newest benchmark is stored, so that its scores are stored once.

import type { AcceptedBenchmark } from '@mesh/membership';

/** The index of the benchmark's log entry, or `row` for one that is sealed in its node's row. */
export type BenchmarkPlace = number | 'row';

export class BenchmarkPlaces {
  readonly #places = new WeakMap<AcceptedBenchmark, BenchmarkPlace>();

  note(benchmark: AcceptedBenchmark, place: BenchmarkPlace): void {
    this.#places.set(benchmark, place);
  }

  /** @throws Error if the benchmark is not stored */
  of(benchmark: AcceptedBenchmark): BenchmarkPlace {
    const place = this.#places.get(benchmark);
    if (place === undefined) throw new Error('a benchmark is stored with its log entry, before its row');
    return place;
  }
}
