// What one node reports of its tunnels, as the live stream packs it: runs of neighbouring numbers, so that a
// report costs as much as it has tunnels, and a node of a full mesh has one or two runs.

export class PackedRuns {
  /** Where each run begins, ascending. */
  readonly #starts: Uint32Array;
  /** Where the values of each run begin; one more, at the end, is how many there are. */
  readonly #offsets: Uint32Array;
  readonly #values: Uint32Array;

  /**
   * @param packed base64 of LEB128 numbers: how many to pass over, how many follow, and the value of each of
   *   these
   */
  constructor(packed: string) {
    const numbers = numbersIn(packed);
    const [starts, offsets, values]: [number[], number[], number[]] = [[], [], []];
    let next = 0;
    for (let at = 0; at + 1 < numbers.length; ) {
      const [passed = 0, count = 0] = numbers.slice(at, at + 2);
      starts.push(next + passed);
      offsets.push(values.length);
      for (const value of numbers.slice(at + 2, at + 2 + count)) values.push(value);
      next += passed + count;
      at += 2 + count;
    }
    this.#starts = Uint32Array.from(starts);
    this.#offsets = Uint32Array.from([...offsets, values.length]);
    this.#values = Uint32Array.from(values);
  }

  /** @returns undefined if nothing is said of the other */
  valueOf(other: number): number | undefined {
    let [low, high] = [0, this.#starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= other) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return undefined;
    const at = (this.#offsets[low - 1] ?? 0) + other - (this.#starts[low - 1] ?? 0);
    return at < (this.#offsets[low] ?? 0) ? this.#values[at] : undefined;
  }
}

/** LEB128 (DWARF 5, section 7.6), unsigned. */
function numbersIn(base64: string): number[] {
  const bytes = atob(base64);
  const numbers: number[] = [];
  let [value, weight] = [0, 1];
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes.charCodeAt(at);
    value += (byte % 128) * weight;
    weight *= 128;
    if (byte >= 128) continue;
    numbers.push(value);
    [value, weight] = [0, 1];
  }
  return numbers;
}
