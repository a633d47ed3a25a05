// The signed body of each node's newest benchmark, in memory. It is stored with the decisions that rest on
// it: every body would be several times as long as everything else that is stored of a result.

import type { AcceptedBenchmark } from '@mesh/membership';

export class SignedBodies {
  /** A body goes when nothing holds its benchmark any more. */
  readonly #bodies = new WeakMap<AcceptedBenchmark, Uint8Array>();

  /** @param body kept, not copied */
  note(benchmark: AcceptedBenchmark, body: Uint8Array): void {
    this.#bodies.set(benchmark, body);
  }

  /** @returns undefined also for a benchmark that came before the present start of the controller */
  textOf(benchmark: AcceptedBenchmark): string | undefined {
    const body = this.#bodies.get(benchmark);
    return body && Buffer.from(body).toString();
  }
}
