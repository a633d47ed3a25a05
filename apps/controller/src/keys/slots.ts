// Values that come and go by the thousand, each with a number by which it is taken out again.
//
// A Map or Set with such a turnover moves to a new table again and again, and each of its old tables refers
// to the next one. Once such a table is in the garbage collector's old generation, it keeps all later ones
// alive until the next full collection, with everything that their values led to. Here each place is cleared
// and used again.

export class Slots<T extends object> {
  readonly #values: (T | undefined)[] = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#values.length - this.#free.length;
  }

  /** @returns the number of the value until it is taken. Numbers are used again. */
  add(value: T): number {
    const number = this.#free.pop() ?? this.#values.length;
    this.#values[number] = value;
    return number;
  }

  /** Takes a value out; undefined if there is none with this number. */
  take(number: number): T | undefined {
    const value = this.#values[number];
    if (value === undefined) return undefined;
    this.#values[number] = undefined;
    this.#free.push(number);
    return value;
  }

  /** The values as they are now. */
  all(): T[] {
    return this.#values.filter((value) => value !== undefined);
  }
}
