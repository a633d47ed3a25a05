// ChaCha20-Poly1305 (RFC 8439, section 2.8) with Poly1305 over whole numbers, and what only somebody who
// holds the key can make: the ciphertext that gives a wanted tag or a wanted value on the way to it.

import { createCipheriv } from 'node:crypto';
import { bytesOf, integerOf, power } from './whole-numbers.ts';

const P = 2n ** 130n - 5n;
const TWO_128 = 2n ** 128n;
const CLAMP = 0x0ffffffc_0ffffffc_0ffffffc_0fffffffn;

const blockOf = (value: bigint): Uint8Array => bytesOf(value, 16);

/** Section 2.4: the keystream from a block on. */
function keystream(key: Uint8Array, nonce: Uint8Array, block: number, length: number): Uint8Array {
  const iv = Buffer.alloc(16);
  iv.writeUInt32LE(block);
  iv.set(nonce, 4);
  return new Uint8Array(createCipheriv('chacha20', key, iv).update(new Uint8Array(length)));
}

export interface OneTimeKey {
  readonly r: bigint;
  readonly s: bigint;
}

export function oneTimeKey(key: Uint8Array, nonce: Uint8Array): OneTimeKey {
  const bytes = keystream(key, nonce, 0, 32);
  return { r: integerOf(bytes.subarray(0, 16)) & CLAMP, s: integerOf(bytes.subarray(16)) };
}

const padded = (bytes: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(Math.ceil(bytes.length / 16) * 16);
  whole.set(bytes);
  return whole;
};

function tagOf({ r, s }: OneTimeKey, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const lengths = BigInt(aad.length) | (BigInt(ciphertext.length) << 64n);
  const data = Buffer.concat([padded(aad), padded(ciphertext), blockOf(lengths)]);
  let accumulator = 0n;
  for (let at = 0; at < data.length; at += 16)
    accumulator = ((accumulator + integerOf(data.subarray(at, at + 16)) + TWO_128) * r) % P;
  return blockOf((accumulator + s) % TWO_128);
}

/** @returns ciphertext ‖ tag */
export function sealByHand(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const stream = keystream(key, nonce, 1, plaintext.length);
  const ciphertext = plaintext.map((byte, at) => byte ^ (stream[at] ?? 0));
  return new Uint8Array([...ciphertext, ...tagOf(oneTimeKey(key, nonce), aad, ciphertext)]);
}

/** The plaintext that is sealed to this ciphertext. */
export function plaintextFor(key: Uint8Array, nonce: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const stream = keystream(key, nonce, 1, ciphertext.length);
  return ciphertext.map((byte, at) => byte ^ (stream[at] ?? 0));
}

/**
 * One block of ciphertext, without associated data, that has this tag; undefined if this nonce allows none.
 */
export function ciphertextWithTag({ r, s }: OneTimeKey, tag: bigint): Uint8Array | undefined {
  const lengths = TWO_128 + (16n << 64n);
  const inverse = power(r, P - 2n, P);
  const least = (((tag - s) % TWO_128) + TWO_128) % TWO_128;
  for (let accumulator = least; accumulator < P; accumulator += TWO_128) {
    const block = (((((accumulator * inverse - lengths) % P) + P) % P) * inverse) % P;
    if (block >= TWO_128 && block < 2n * TWO_128) return blockOf(block);
  }
  return undefined;
}

/** One block after which the accumulator has this value; undefined if this nonce allows none. */
export function blockWithAccumulator({ r }: OneTimeKey, accumulator: bigint): Uint8Array | undefined {
  const block = (accumulator * power(r, P - 2n, P)) % P;
  return block >= TWO_128 && block < 2n * TWO_128 ? blockOf(block) : undefined;
}
