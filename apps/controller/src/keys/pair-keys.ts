// The keys of the pairs of one epoch, each derived once for both of its ends. The end that asks first leaves
// the other's copy here. It is zeroed when the other end has taken it, and when the epoch is over. What is
// held is no more secret than the epoch's key, from which all of it can be derived, and lives no longer.

import { wipe } from '@mesh/primitives';
import { derivePairPsks, type EpochKey, type PairEnd, PRESHARED_KEY_LENGTH_BYTES } from '@mesh/psk';
import type { PairEnds } from './pair-ends.ts';

const WORDS_PER_KEY = PRESHARED_KEY_LENGTH_BYTES / Uint32Array.BYTES_PER_ELEMENT;
/**
 * How many keys may be held for their other ends: 16 MiB of them. They are that many when half of 20,000
 * nodes with 100 peers each have asked, in the worst order. Beyond that, keys are derived for both ends.
 */
const MOST_HELD = 2 ** 19;

/** The keys that wait for one end. */
interface Waiting {
  /** The numbers of the other ends. */
  from: Uint32Array;
  /** Their keys, in this order. */
  keys: Uint32Array;
  count: number;
}

export class PairKeys {
  readonly #key: EpochKey;
  readonly #ends: PairEnds;
  readonly #mostHeld: number;
  /** By the number of the end that has not asked yet. */
  readonly #waiting = new Map<number, Waiting>();
  /** Zeroed memory that keys waited in before. */
  readonly #spare: Waiting[] = [];
  /** By number: 1 for an end that has asked. Nothing is held for it. */
  #served = new Uint8Array();
  /** By number: 1 + the place of an end's key among those that wait. All are 0 between two calls. */
  #places = new Uint32Array();
  #held = 0;

  /** @param key stays the caller's, who disposes of it */
  constructor(key: EpochKey, ends: PairEnds, mostHeld = MOST_HELD) {
    this.#key = key;
    this.#ends = ends;
    this.#mostHeld = mostHeld;
  }

  /** How many keys wait for their other ends. */
  get held(): number {
    return this.#held;
  }

  /**
   * The keys of one end with its peers.
   * @returns 32 bytes for each peer, in the order of `peers`; the caller wipes them
   * @throws PskError `same_node`; the error of an end that cannot be used
   */
  of(self: number, peers: Uint32Array): Uint8Array {
    this.#growTables();
    const waiting = this.#waiting.get(self);
    const missing = Uint32Array.from(peers.keys());
    if (waiting === undefined) {
      const keys = this.#derive(self, peers);
      this.#keep(self, peers, missing, keys);
      return keys;
    }
    const keys = new Uint8Array(PRESHARED_KEY_LENGTH_BYTES * peers.length);
    const left = this.#take(waiting, peers, keys, missing);
    this.#waiting.delete(self);
    if (left.length === 0) {
      this.#served[self] = 1;
      return keys;
    }
    let derived: Uint8Array | undefined;
    try {
      derived = this.#derive(
        self,
        left.map((at) => peers[at] as number),
      );
      copyKeys(derived, keys, left);
    } catch (error) {
      wipe(keys);
      throw error;
    } finally {
      if (derived !== undefined) wipe(derived);
    }
    this.#keep(self, peers, left, keys);
    return keys;
  }

  /** Zeroes every key that waits. */
  dispose(): void {
    for (const waiting of this.#waiting.values()) this.#clear(waiting);
    this.#waiting.clear();
    this.#spare.length = 0;
  }

  #derive(self: number, peers: Uint32Array): Uint8Array {
    const ends: PairEnd[] = new Array(peers.length);
    for (let at = 0; at < peers.length; at++) ends[at] = this.#ends.at(peers[at] as number);
    return derivePairPsks(this.#key, this.#ends.at(self), ends);
  }

  /**
   * Moves the keys that wait for an end to its peers' places in `into`.
   * @param missing memory for the result
   * @returns the places of the peers whose keys did not wait
   */
  #take(waiting: Waiting, peers: Uint32Array, into: Uint8Array, missing: Uint32Array): Uint32Array {
    const words = wordsOf(into);
    const places = this.#places;
    for (let place = 0; place < waiting.count; place++) places[waiting.from[place] as number] = place + 1;
    let count = 0;
    for (let at = 0; at < peers.length; at++) {
      const place = places[peers[at] as number] as number;
      if (place === 0) missing[count++] = at;
      else copyKey(waiting.keys, place - 1, words, at);
    }
    for (let place = 0; place < waiting.count; place++) places[waiting.from[place] as number] = 0;
    this.#clear(waiting);
    this.#spare.push(waiting);
    return missing.subarray(0, count);
  }

  /**
   * Keeps the keys with the peers at these places for those of them that have not asked yet. An end that asks
   * again has left its keys already.
   */
  #keep(self: number, peers: Uint32Array, places: Uint32Array, keys: Uint8Array): void {
    if (this.#served[self] === 1) return;
    this.#served[self] = 1;
    const words = wordsOf(keys);
    for (let one = 0; one < places.length && this.#held < this.#mostHeld; one++) {
      const at = places[one] as number;
      const peer = peers[at] as number;
      if (this.#served[peer] === 1) continue;
      const waiting = this.#waiting.get(peer) ?? this.#makeWaiting(peer, peers.length);
      if (waiting.count === waiting.from.length) grow(waiting);
      waiting.from[waiting.count] = self;
      copyKey(words, at, waiting.keys, waiting.count);
      waiting.count += 1;
      this.#held += 1;
    }
  }

  /** @param length how many keys may come; more find room, too */
  #makeWaiting(number: number, length: number): Waiting {
    const waiting = this.#spare.pop() ?? {
      from: new Uint32Array(length),
      keys: new Uint32Array(WORDS_PER_KEY * length),
      count: 0,
    };
    this.#waiting.set(number, waiting);
    return waiting;
  }

  #clear(waiting: Waiting): void {
    this.#held -= waiting.count;
    waiting.keys.fill(0, 0, WORDS_PER_KEY * waiting.count);
    waiting.count = 0;
  }

  #growTables(): void {
    const { count } = this.#ends;
    if (this.#served.length >= count) return;
    const served = new Uint8Array(count);
    served.set(this.#served);
    this.#served = served;
    this.#places = new Uint32Array(count);
  }
}

/** The 32 bytes of a key are copied as 8 words. */
function copyKey(from: Uint32Array, fromPlace: number, to: Uint32Array, toPlace: number): void {
  const [start, into] = [WORDS_PER_KEY * fromPlace, WORDS_PER_KEY * toPlace];
  for (let at = 0; at < WORDS_PER_KEY; at++) to[into + at] = from[start + at] as number;
}

/** Copies keys that follow each other to the given places. */
function copyKeys(from: Uint8Array, to: Uint8Array, places: Uint32Array): void {
  const [source, target] = [wordsOf(from), wordsOf(to)];
  for (let at = 0; at < places.length; at++) copyKey(source, at, target, places[at] as number);
}

const wordsOf = (keys: Uint8Array): Uint32Array =>
  new Uint32Array(keys.buffer, keys.byteOffset, keys.length / 4);

function grow(waiting: Waiting): void {
  const { from, keys } = waiting;
  const length = Math.max(16, 2 * from.length);
  waiting.from = new Uint32Array(length);
  waiting.from.set(from);
  waiting.keys = new Uint32Array(WORDS_PER_KEY * length);
  waiting.keys.set(keys);
  keys.fill(0);
}
