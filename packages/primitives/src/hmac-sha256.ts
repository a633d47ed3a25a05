// HMAC-SHA-256 (RFC 2104) under one key, set up once for many messages. `destroy` leaves no copy of the
// padded key. The HMAC of @noble/hashes pads the key inside V8's heap. V8 copies those bytes out before they
// are zeroed and leaves the original behind, where no zeroing reaches it. An explicitly allocated ArrayBuffer
// is outside that heap.

import { type _SHA256, sha256 } from '@noble/hashes/sha2.js';
import { wipe } from './bytes.ts';

const BLOCK_LENGTH_BYTES = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/** HMAC-SHA-256 under one key, set up once and used for many messages. */
export interface KeyedHmac {
  /** Writes the 32-byte tag of `message` into `into`, from its beginning; keeps neither. */
  tagInto(message: Uint8Array, into: Uint8Array): void;
  /** Zeroes everything that was derived from the key. Do not use it afterwards. */
  destroy(): void;
}

export class HmacSha256 implements KeyedHmac {
  readonly #inner: _SHA256;
  readonly #outer: _SHA256;
  #scratch: _SHA256 | undefined;

  /** Keeps no reference to the key; the caller wipes it. A key of more than 64 bytes is hashed first. */
  constructor(key: Uint8Array) {
    const block = new Uint8Array(new ArrayBuffer(BLOCK_LENGTH_BYTES));
    block.set(key.length > BLOCK_LENGTH_BYTES ? sha256(key) : key);
    for (let at = 0; at < BLOCK_LENGTH_BYTES; at++) block[at] = (block[at] ?? 0) ^ INNER_PAD;
    this.#inner = sha256.create().update(block);
    for (let at = 0; at < BLOCK_LENGTH_BYTES; at++) block[at] = (block[at] ?? 0) ^ INNER_PAD ^ OUTER_PAD;
    this.#outer = sha256.create().update(block);
    wipe(block);
  }

  /**
   * Writes the 32-byte tag of `message` to the beginning of `into`; keeps neither. Each tag starts from
   * copies of the two keyed states, made in one reused object. That saves two compressions per message and
   * allocates no new state.
   */
  tagInto(message: Uint8Array, into: Uint8Array): void {
    const tag = into.length === this.#inner.outputLen ? into : into.subarray(0, this.#inner.outputLen);
    const scratch = this.#inner._cloneInto(this.#scratch);
    this.#scratch = scratch;
    scratch.update(message).digestInto(tag);
    this.#outer._cloneInto(scratch).update(tag).digestInto(tag);
    // It must not keep the keyed states, the end of the message or the inner tag.
    scratch.destroy();
  }

  /** Zeroes everything that was derived from the key. Do not use it afterwards. */
  destroy(): void {
    for (const state of [this.#inner, this.#outer, this.#scratch]) state?.destroy();
  }
}
