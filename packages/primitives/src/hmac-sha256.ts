// HMAC-SHA-256 (RFC 2104) under one key, set up once and used for many messages, whose padded keys are zeroed for good.
// @noble/hashes has an HMAC, but pads the key inside V8's heap: those bytes are copied out of it before they are zeroed,
// and what stays behind no zeroing reaches. An ArrayBuffer that was allocated as one is outside of the heap.

import { type _SHA256, sha256 } from '@noble/hashes/sha2.js';
import { wipe } from './bytes.ts';

const BLOCK_LENGTH_BYTES = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/** HMAC-SHA-256 under one key, set up once and used for many messages. */
export interface KeyedHmac {
  /** Writes the 32-byte tag of `message` into `into`, from its beginning; keeps neither. */
  tagInto(message: Uint8Array, into: Uint8Array): void;
  /** Zeroes what it holds of the key. It is not used afterwards. */
  destroy(): void;
}

export class HmacSha256 implements KeyedHmac {
  readonly #inner: _SHA256;
  readonly #outer: _SHA256;
  #scratch: _SHA256 | undefined;

  /** Does not keep the key, nor wipe it: that is the caller's. A key of more than 64 bytes is hashed first. */
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
   * Writes the 32-byte tag of `message` to the beginning of `into`; keeps neither. Each tag starts from copies of the two
   * states in one reused object: two compressions fewer a message, and nothing allocated.
   */
  tagInto(message: Uint8Array, into: Uint8Array): void {
    const tag = into.length === this.#inner.outputLen ? into : into.subarray(0, this.#inner.outputLen);
    const scratch = this.#inner._cloneInto(this.#scratch);
    this.#scratch = scratch;
    scratch.update(message).digestInto(tag);
    this.#outer._cloneInto(scratch).update(tag).digestInto(tag);
    // Nothing of the key's states, of the message's end or of the inner tag stays in it.
    scratch.destroy();
  }

  /** Zeroes what it holds of the key. It is not used afterwards. */
  destroy(): void {
    for (const state of [this.#inner, this.#outer, this.#scratch]) state?.destroy();
  }
}
