// The hash functions under the key schedule, as a port. The default is portable (noble) and runs in browsers and edge
// runtimes; an app on Node can pass node:crypto's (the README shows the adapter).

import { type _HMAC, hmac } from '@noble/hashes/hmac.js';
import { type _SHA256, sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

/** HMAC-SHA-256 under one key, set up once and used for many messages. */
export interface KeyedHmac {
  /** Writes the 32-byte tag of `message` into `into`, from its beginning; keeps neither. */
  tagInto(message: Uint8Array, into: Uint8Array): void;
  /** Zeroes what it holds of the key. It is not used afterwards. */
  destroy(): void;
}

/** SHA-256 and HMAC-SHA-256. Implementations hold no state between calls. */
export interface PskHash {
  sha256(message: Uint8Array): Uint8Array;
  /** Must not keep `key` itself: the caller wipes it when this returns. */
  keyHmac(key: Uint8Array): KeyedHmac;
}

/** SHA-256 by @noble/hashes. */
export const portableHash: PskHash = {
  sha256: (message) => nobleSha256(message),
  keyHmac: (key) => new NobleKeyedHmac(key),
};

/**
 * Both key blocks are hashed once, here. Each tag starts from a copy of that state in one reused scratch object:
 * two compressions fewer a message and nothing allocated.
 */
class NobleKeyedHmac implements KeyedHmac {
  readonly #keyed: _HMAC<_SHA256>;
  readonly #scratch: _HMAC<_SHA256>;

  constructor(key: Uint8Array) {
    this.#keyed = hmac.create(nobleSha256, key);
    this.#scratch = this.#keyed.clone();
  }

  tagInto(message: Uint8Array, into: Uint8Array): void {
    // digestInto zeroes the scratch state when it is done, so no key material stays behind in it.
    this.#keyed._cloneInto(this.#scratch).update(message).digestInto(into);
  }

  destroy(): void {
    this.#keyed.destroy();
    this.#scratch.destroy();
  }
}
