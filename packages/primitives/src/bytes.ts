// Bytes: joining, comparing, encoding integers and strings, hex. Everything returns memory that the caller
// owns.

import { refuseLoneSurrogates } from './lone-surrogates.ts';
import { PrimitivesError } from './primitives-error.ts';

const encoder = new TextEncoder();

/**
 * UTF-8 of a string. A lone surrogate has no UTF-8 and is refused: TextEncoder would put U+FFFD in its place,
 * so that two different strings would give the same bytes.
 * @throws PrimitivesError `lone_surrogate`
 */
export function utf8(text: string): Uint8Array {
  refuseLoneSurrogates(text);
  return encoder.encode(text);
}

/**
 * A copy in new memory. Use it, not `slice()`: node's Buffer is a Uint8Array whose `slice` shares memory, so
 * a "copy" that is then reversed or wiped would change the original.
 */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** All parts, one after the other, in new memory. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/**
 * Two bytes, big-endian.
 * @throws PrimitivesError `out_of_range` unless n is an integer in 0..65535
 */
export function uint16be(n: number): Uint8Array {
  if (!Number.isInteger(n) || n < 0 || n > 0xffff) {
    throw new PrimitivesError('out_of_range', 'uint16: use an integer from 0 to 65535');
  }
  return Uint8Array.of(n >>> 8, n & 0xff);
}

/**
 * Eight bytes, big-endian.
 * @throws PrimitivesError `out_of_range` unless n is an integer from 0, below 2^53 (a larger number is not
 *   exact)
 */
export function uint64be(n: number): Uint8Array {
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new PrimitivesError('out_of_range', 'uint64: use an integer from 0, below 2^53');
  }
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(n / 0x1_0000_0000));
  view.setUint32(4, n % 0x1_0000_0000);
  return bytes;
}

/**
 * `lp(x) = uint16be(byteLength(x)) ‖ x`; a string stands for its UTF-8. Fields joined this way cannot run
 * into each other: no two different lists of fields give the same bytes.
 * @throws PrimitivesError `out_of_range` above 65535 bytes; `lone_surrogate`
 */
export function lengthPrefixed(x: Uint8Array | string): Uint8Array {
  const bytes = typeof x === 'string' ? utf8(x) : x;
  if (bytes.length > 0xffff) {
    throw new PrimitivesError('out_of_range', `a length-prefixed field holds at most 65535 bytes`);
  }
  return concatBytes(uint16be(bytes.length), bytes);
}

/** Order of two byte strings: the first differing byte decides, and a prefix comes before what it begins. */
export function compareBytes(a: Uint8Array, b: Uint8Array): -1 | 0 | 1 {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    if (x !== y) return x < y ? -1 : 1;
  }
  if (a.length === b.length) return 0;
  return a.length < b.length ? -1 : 1;
}

/**
 * Order of two strings by their UTF-8 bytes, without encoding them. JavaScript's own `<` compares UTF-16 code
 * units, which puts U+1F600 (a surrogate pair) before U+FB33; in UTF-8 it comes after.
 */
export function compareIds(a: string, b: string): -1 | 0 | 1 {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return utf8Rank(x) < utf8Rank(y) ? -1 : 1;
  }
  if (a.length === b.length) return 0;
  return a.length < b.length ? -1 : 1;
}

/** Surrogates stand for code points above U+FFFF: they sort after every other code unit. */
function utf8Rank(codeUnit: number): number {
  return codeUnit >= 0xd800 && codeUnit <= 0xdfff ? codeUnit + 0x1_0000 : codeUnit;
}

/** Equality whose time depends on the lengths alone, not on the content. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}

/** Overwrites with zeros. Copies made elsewhere (strings above all) are out of its reach. */
export function wipe(bytes: Uint8Array): void {
  bytes.fill(0);
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/**
 * Bytes of lower- or upper-case hex.
 * @throws PrimitivesError `invalid_hex` for an odd length or any other character
 */
export function fromHex(text: string): Uint8Array {
  if (typeof text !== 'string' || text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) {
    throw new PrimitivesError('invalid_hex', 'hex: use an even number of 0-9, a-f, without prefix or spaces');
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
