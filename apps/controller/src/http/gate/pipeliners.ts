// Callers that pipeline are left out for a moment. Thousands of requests of one connection are parsed before
// it can be ended, which takes a tenth of a second. Over a thousand connections at once that would be
// minutes, so the first of them that pipelines ends them all.

const LEFT_OUT_MS = 1_000;

export class Pipeliners {
  readonly #monotonicMs: () => number;
  /** Until when each caller is left out, oldest first. */
  readonly #leftOut = new Map<string, number>();

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  add(who: string): void {
    const nowMs = this.#monotonicMs();
    this.#leftOut.delete(who);
    this.#leftOut.set(who, nowMs + LEFT_OUT_MS);
    for (const [each, untilMs] of this.#leftOut) {
      if (untilMs > nowMs) break;
      this.#leftOut.delete(each);
    }
  }

  has(who: string): boolean {
    return this.#monotonicMs() < (this.#leftOut.get(who) ?? Number.NEGATIVE_INFINITY);
  }
}
