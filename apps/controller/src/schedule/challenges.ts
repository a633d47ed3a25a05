// The challenge that a benchmark answers where the policy asks for it: fresh with every epoch, so that
// results cannot be made ahead of time. The one before stays good, since a measurement takes a while.

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
