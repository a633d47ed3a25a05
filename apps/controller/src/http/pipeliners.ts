// Who pipelines is left out for a moment. Of a connection that pipelines thousands of requests are parsed before it can be
// ended, which is a tenth of a second; over a thousand connections at once it would be minutes. So the first one ends them all.

const LEFT_OUT_MS = 1_000;

export class Pipeliners {
  readonly #monotonicMs: () => number;
  /** Until when, oldest first. */
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
