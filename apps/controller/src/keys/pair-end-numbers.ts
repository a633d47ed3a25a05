// Gives the ends of pairs numbers, so that the worker gets each end once, and not with every request that
// names it.

import type { NodeId } from '@mesh/primitives';
import type { PairEndMessage } from './psk-worker-messages.ts';

export class PairEndNumbers {
  /** The numbers of a node's ends, by public key: one for each slot that it has a key for. */
  readonly #numbers = new Map<NodeId, Map<string, number>>();
  /** Finds the number of an object that was asked for before without comparing texts. */
  readonly #seen = new WeakMap<PairEndMessage, number>();
  #count = 0;
  #new: PairEndMessage[] = [];

  /** The number of an end. Ends with the same id and key have the same number. */
  of(end: PairEndMessage): number {
    const seen = this.#seen.get(end);
    if (seen !== undefined) return seen;
    const number = this.#find(end);
    this.#seen.set(end, number);
    return number;
  }

  ofAll(ends: readonly PairEndMessage[]): Uint32Array {
    const numbers = new Uint32Array(ends.length);
    for (let at = 0; at < ends.length; at++) numbers[at] = this.of(ends[at] as PairEndMessage);
    return numbers;
  }

  /** The ends that got a number since the last call. Their numbers follow those of the earlier ones. */
  takeNew(): readonly PairEndMessage[] {
    const taken = this.#new;
    if (taken.length > 0) this.#new = [];
    return taken;
  }

  #find(end: PairEndMessage): number {
    const keys = this.#numbers.get(end.nodeId) ?? new Map<string, number>();
    this.#numbers.set(end.nodeId, keys);
    const known = keys.get(end.publicKey);
    if (known !== undefined) return known;
    const number = this.#count++;
    keys.set(end.publicKey, number);
    this.#new.push(end);
    return number;
  }
}
