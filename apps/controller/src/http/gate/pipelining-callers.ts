// Remembers for a moment which callers pipelined; the gate ends all their connections. Node parses thousands
// of requests of one connection before it can be ended, which takes a tenth of a second. With a thousand
// connections that would be minutes, so the gate ends all of them as soon as one pipelines.

const REFUSED_FOR_MS = 1_000;

export class Pipeliners {
  readonly #monotonicMs: () => number;
  /** Until when each caller is refused, oldest first. */
  readonly #refusedUntilMs = new Map<string, number>();

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  add(who: string): void {
    const nowMs = this.#monotonicMs();
    this.#refusedUntilMs.delete(who);
    this.#refusedUntilMs.set(who, nowMs + REFUSED_FOR_MS);
    for (const [each, untilMs] of this.#refusedUntilMs) {
      if (untilMs > nowMs) break;
      this.#refusedUntilMs.delete(each);
    }
  }

  has(who: string): boolean {
    return this.#monotonicMs() < (this.#refusedUntilMs.get(who) ?? Number.NEGATIVE_INFINITY);
  }
}
