// The AEAD key of an HPKE context and its nonces (RFC 9180, section 5.2), the same for sender and receiver.
//
//   nonce = base_nonce XOR I2OSP(sequence, 12)

import { copyBytes, uint64be, wipe } from '@mesh/primitives';
import type { MessageKey } from './key-schedule.ts';
import { takeOver } from './take-over.ts';

/** The highest sequence number. The RFC allows 2^96 − 2; JavaScript and JSON count exactly up to this. */
export const MAX_SEQUENCE = Number.MAX_SAFE_INTEGER;

/** Owns the bytes of the key and of the base nonce. */
export class ContextKey {
  readonly #key: Uint8Array;
  readonly #baseNonce: Uint8Array;

  /** Takes both over and zeroes the arrays that were passed. */
  constructor({ key, nonce }: MessageKey) {
    this.#key = takeOver(key);
    this.#baseNonce = takeOver(nonce);
  }

  /**
   * Lends the key and the nonce of one message to `fn`, for the length of the call; the nonce is zero
   * afterwards.
   * @param sequence 0 to `MAX_SEQUENCE`
   */
  use<T>(sequence: number, fn: (key: Uint8Array, nonce: Uint8Array) => T): T {
    const nonce = nonceOf(this.#baseNonce, sequence);
    try {
      return fn(this.#key, nonce);
    } finally {
      wipe(nonce);
    }
  }

  /** Zeroes both. Do not use it afterwards. */
  destroy(): void {
    wipe(this.#key);
    wipe(this.#baseNonce);
  }
}

/** ComputeNonce, section 5.2; the caller's to wipe. */
export function nonceOf(baseNonce: Uint8Array, sequence: number): Uint8Array {
  const nonce = copyBytes(baseNonce);
  const counter = uint64be(sequence);
  const offset = nonce.length - counter.length;
  counter.forEach((byte, at) => {
    nonce[offset + at] = (nonce[offset + at] ?? 0) ^ byte;
  });
  return nonce;
}
