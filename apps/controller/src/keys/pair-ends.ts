// The ends of pairs as the worker knows them, by number.

import { compareIds, decodeBase64, PrimitivesError, parseNodeId } from '@mesh/primitives';
import type { PairEnd } from '@mesh/psk';
import type { PairEndMessage } from './psk-worker-messages.ts';

/** An end that cannot be used. Only a request that names it fails. */
interface BadEnd {
  readonly error: unknown;
}

export class PairEnds {
  readonly #ends: (PairEnd | BadEnd)[] = [];
  /** The place of each number in the order of ids; out of date if ends were added since. */
  #places = new Uint32Array();
  /** The number at each place. */
  #numbers = new Uint32Array();

  get count(): number {
    return this.#ends.length;
  }

  /** Takes over further ends. Their numbers follow those of the earlier ones. */
  add(ends: readonly PairEndMessage[]): void {
    for (const end of ends) this.#ends.push(decoded(end));
  }

  /** @throws what reading the end threw, or RangeError if there is no such number */
  at(number: number): PairEnd {
    const end = this.#ends[number];
    if (end === undefined) throw noSuchEnd();
    if ('error' in end) throw end.error;
    return end;
  }

  /**
   * Sorts numbers by the ids of their nodes, in place.
   * @throws RangeError if there is no such number; the numbers are unusable then
   */
  sort(numbers: Uint32Array): void {
    if (this.#places.length !== this.#ends.length) this.#order();
    // Typed arrays sort numbers natively, without a call for each comparison.
    replaceEach(numbers, this.#places);
    numbers.sort();
    replaceEach(numbers, this.#numbers);
  }

  #order(): void {
    const idOf = (end: PairEnd | BadEnd | undefined) =>
      end !== undefined && 'nodeId' in end ? end.nodeId : undefined;
    this.#numbers = Uint32Array.from(this.#ends.keys()).sort((one, other) => {
      const [a, b] = [idOf(this.#ends[one]), idOf(this.#ends[other])];
      if (a === undefined || b === undefined) return Number(b === undefined) - Number(a === undefined);
      return compareIds(a, b);
    });
    this.#places = new Uint32Array(this.#numbers.length);
    for (const [place, number] of this.#numbers.entries()) this.#places[number] = place;
  }
}

const noSuchEnd = () => new RangeError('there is no such end of a pair');

function replaceEach(numbers: Uint32Array, by: Uint32Array): void {
  for (let at = 0; at < numbers.length; at++) {
    const replacement = by[numbers[at] as number];
    if (replacement === undefined) throw noSuchEnd();
    numbers[at] = replacement;
  }
}

function decoded(end: PairEndMessage): PairEnd | BadEnd {
  try {
    return {
      nodeId: parseNodeId(end.nodeId),
      publicKey: decodeBase64(end.publicKey, { lengthBytes: 32 }),
    };
  } catch (error) {
    if (error instanceof PrimitivesError) return { error };
    throw error;
  }
}
