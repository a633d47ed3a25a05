// AES-256-GCM written out from NIST SP 800-38D over single AES blocks, and what only somebody who holds the
// key can make: the block of ciphertext that gives a wanted tag, and the IV that gives a wanted counter.

import { createCipheriv } from 'node:crypto';

const R = 0xe1n << 120n;
const BLOCK = 16;

const toInteger = (bytes: Uint8Array): bigint => BigInt(`0x00${Buffer.from(bytes).toString('hex')}`);
const toBlock = (value: bigint): Uint8Array =>
  new Uint8Array(Buffer.from(value.toString(16).padStart(2 * BLOCK, '0'), 'hex'));

/** Section 6.3: the product in GF(2^128). */
function multiply(x: bigint, y: bigint): bigint {
  let product = 0n;
  let shifted = y;
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((x >> bit) & 1n) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ R : shifted >> 1n;
  }
  return product;
}

/** x^(2^128 - 2), which is 1 / x. */
function inverse(x: bigint): bigint {
  let power = x;
  let result = 1n << 127n;
  for (let bit = 1; bit < 128; bit++) {
    power = multiply(power, power);
    result = multiply(result, power);
  }
  return result;
}

function* blocksOf(bytes: Uint8Array): Generator<bigint> {
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const block = new Uint8Array(BLOCK);
    block.set(bytes.subarray(at, at + BLOCK));
    yield toInteger(block);
  }
}

export class GcmByHand {
  readonly #key: Uint8Array;
  readonly #h: bigint;

  constructor(key: Uint8Array) {
    this.#key = key;
    this.#h = toInteger(this.#encrypt(new Uint8Array(BLOCK)));
  }

  /** @returns ciphertext ‖ tag */
  seal(iv: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const first = this.firstCounter(iv);
    const ciphertext = new Uint8Array(plaintext.length);
    let counter = first;
    for (let at = 0; at < plaintext.length; at += BLOCK) {
      counter = next(counter);
      const stream = this.#encrypt(toBlock(counter));
      for (let byte = at; byte < Math.min(at + BLOCK, plaintext.length); byte++)
        ciphertext[byte] = (plaintext[byte] ?? 0) ^ (stream[byte - at] ?? 0);
    }
    const tag = this.#hash(aad, ciphertext) ^ toInteger(this.#encrypt(toBlock(first)));
    return new Uint8Array([...ciphertext, ...toBlock(tag)]);
  }

  /** J0 of section 7.1. */
  firstCounter(iv: Uint8Array): bigint {
    if (iv.length === 12) return (toInteger(iv) << 32n) | 1n;
    let y = 0n;
    for (const block of blocksOf(iv)) y = multiply(y ^ block, this.#h);
    return multiply(y ^ (8n * BigInt(iv.length)), this.#h);
  }

  /** The one block of ciphertext that has this tag. */
  ciphertextFor(tag: Uint8Array, iv: Uint8Array, aad: Uint8Array): Uint8Array {
    const hashed = toInteger(tag) ^ toInteger(this.#encrypt(toBlock(this.firstCounter(iv))));
    const lengths = lengthsOf(aad.length, BLOCK);
    const one = inverse(this.#h);
    return toBlock(multiply(multiply(hashed, one) ^ lengths, one) ^ this.#overAad(aad));
  }

  /** The IV of 16 bytes from which this first counter comes. */
  ivFor(counter: bigint): Uint8Array {
    const one = inverse(this.#h);
    return toBlock(multiply(multiply(counter, one) ^ 128n, one));
  }

  #overAad(aad: Uint8Array): bigint {
    let y = 0n;
    for (const block of blocksOf(aad)) y = multiply(y ^ block, this.#h);
    return y;
  }

  #hash(aad: Uint8Array, ciphertext: Uint8Array): bigint {
    let y = this.#overAad(aad);
    for (const block of blocksOf(ciphertext)) y = multiply(y ^ block, this.#h);
    return multiply(y ^ lengthsOf(aad.length, ciphertext.length), this.#h);
  }

  #encrypt(block: Uint8Array): Uint8Array {
    const cipher = createCipheriv('aes-256-ecb', this.#key, null).setAutoPadding(false);
    return new Uint8Array(Buffer.concat([cipher.update(block), cipher.final()]));
  }
}

const lengthsOf = (aad: number, ciphertext: number): bigint =>
  ((8n * BigInt(aad)) << 64n) | (8n * BigInt(ciphertext));

/** Only the last 32 bits count on, and they wrap. */
function next(counter: bigint): bigint {
  const low = (counter + 1n) & 0xffff_ffffn;
  return ((counter >> 32n) << 32n) | low;
}
