// The challenge that benchmarks must contain if the policy requires it. Every epoch has a new one, so that
// results cannot be prepared ahead of time. The previous one stays valid, because a measurement takes a
// while.

export class Challenges {
  readonly #draw: () => string;
  #current: string;
  #previous: string | undefined;

  /** @param draw an unguessable text of at most 64 characters */
  constructor(draw: () => string) {
    this.#draw = draw;
    this.#current = draw();
  }

  renew(): void {
    this.#previous = this.#current;
    this.#current = this.#draw();
  }

  current(): string {
    return this.#current;
  }

  accepted(): readonly string[] {
    return this.#previous === undefined ? [this.#current] : [this.#current, this.#previous];
  }
}
