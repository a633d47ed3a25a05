// The coding of `tunnels` and `paths` in the live state: one value for each tunnel of a node, in few bytes. A
// node of a large mesh has few of all possible tunnels, and where it has many, they are neighbours.

import { decodeBase64, encodeBase64 } from '@mesh/primitives';

/** In `tunnels`: no handshake yet. */
const NO_HANDSHAKE = 0;
/** In `paths`: no answer to probes. */
const NO_ANSWER = 0;
/** In `paths`: how many values the loss in percent has. */
const LOSS_VALUES = 101;

/** What one end measures of a path. */
export type LivePath =
  | { readonly kind: 'no_answer' }
  | {
      readonly kind: 'measured';
      /** In tenths of a millisecond on the wire. */
      readonly rttMs: number;
      /** 0 to 1; in percent on the wire. */
      readonly loss: number;
    };

/**
 * @param ageMs undefined: no handshake yet
 * @returns a value of `tunnels`
 */
export const encodeLiveHandshake = (ageMs: number | undefined): number =>
  ageMs === undefined ? NO_HANDSHAKE : Math.round(ageMs / 1_000) + 1;

/** @returns milliseconds at the time of the report; undefined: no handshake yet */
export const decodeLiveHandshake = (value: number): number | undefined =>
  value === NO_HANDSHAKE ? undefined : (value - 1) * 1_000;

/** @returns a value of `paths` */
export const encodeLivePath = (path: LivePath): number =>
  path.kind === 'no_answer'
    ? NO_ANSWER
    : 1 + Math.round(path.loss * 100) + LOSS_VALUES * Math.round(path.rttMs * 10);

export function decodeLivePath(value: number): LivePath {
  if (value === NO_ANSWER) return { kind: 'no_answer' };
  const loss = (value - 1) % LOSS_VALUES;
  return { kind: 'measured', rttMs: (value - 1 - loss) / LOSS_VALUES / 10, loss: loss / 100 };
}

/**
 * Writes runs of neighbouring numbers: how many numbers to pass over, how many follow, and the value of each
 * of these.
 *
 * @param values the other end's number, once each, and the value for it; in any order, which this sorts in
 *   place
 * @returns base64
 */
export function encodeLiveRuns(values: [number, number][]): string {
  values.sort(([one], [other]) => one - other);
  const bytes: number[] = [];
  let next = 0;
  for (let at = 0; at < values.length; ) {
    const first = values[at]?.[0] ?? 0;
    let end = at + 1;
    while (values[end]?.[0] === first + end - at) end += 1;
    writeNumber(bytes, first - next);
    writeNumber(bytes, end - at);
    for (const [, value] of values.slice(at, end)) writeNumber(bytes, value);
    next = first + end - at;
    at = end;
  }
  return encodeBase64(Uint8Array.from(bytes));
}

/** What {@link encodeLiveRuns} wrote. A run costs as much memory as it has values. */
export class LiveRuns {
  /** Where each run begins, ascending. */
  readonly #starts: Uint32Array;
  /** Where the values of each run begin; one more, at the end, is how many there are. */
  readonly #offsets: Uint32Array;
  readonly #values: Uint32Array;

  /** @throws PrimitivesError for what is no base64 */
  constructor(base64: string) {
    const numbers = numbersIn(decodeBase64(base64));
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

  /** @returns undefined if there is no value for the other end's number */
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
function writeNumber(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

function numbersIn(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let [value, weight] = [0, 1];
  for (const byte of bytes) {
    value += (byte % 0x80) * weight;
    weight *= 0x80;
    if (byte >= 0x80) continue;
    numbers.push(value);
    [value, weight] = [0, 1];
  }
  return numbers;
}
