// Signs together, with one signature, what becomes ready in the same turn of the event loop.

interface Waiting<Item, Signed> {
  readonly item: Item;
  readonly resolve: (signed: Signed) => void;
  readonly reject: (error: unknown) => void;
}

/** Signs 1 to `most` items with one signature. @returns what it has signed, in the order of the items */
export type SignAll<Item, Signed> = (items: readonly Item[]) => readonly Signed[];

export class SignTogether<Item, Signed> {
  readonly #signAll: SignAll<Item, Signed>;
  readonly #most: number;
  #waiting: Waiting<Item, Signed>[] = [];

  constructor(signAll: SignAll<Item, Signed>, most: number) {
    this.#signAll = signAll;
    this.#most = most;
  }

  /**
   * Resolves before the event loop handles its next event. Rejects with the error of `signAll` if this item
   * cannot even be signed alone.
   */
  sign(item: Item): Promise<Signed> {
    return new Promise((resolve, reject) => {
      // It runs when no promise of this event is left to continue, and before the next event. So nothing that
      // arrives meanwhile, such as a denial, comes between building what is signed and sending it.
      if (this.#waiting.length === 0) process.nextTick(() => this.#signWaiting());
      this.#waiting.push({ item, resolve, reject });
    });
  }

  #signWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let from = 0; from < waiting.length; from += this.#most)
      this.#signBatch(waiting.slice(from, from + this.#most));
  }

  #signBatch(batch: readonly Waiting<Item, Signed>[]): void {
    try {
      const signed = this.#signAll(batch.map(({ item }) => item));
      for (const [at, { resolve }] of batch.entries()) resolve(signed[at] as Signed);
    } catch {
      // One that cannot be signed must not cost the others theirs.
      for (const waiting of batch) this.#signAlone(waiting);
    }
  }

  #signAlone({ item, resolve, reject }: Waiting<Item, Signed>): void {
    try {
      resolve(this.#signAll([item])[0] as Signed);
    } catch (error) {
      reject(error);
    }
  }
}
