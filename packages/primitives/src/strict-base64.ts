// Base64 (RFC 4648 section 4, padded) and base64url (section 5, without padding), strict both ways: one byte
// string has exactly one accepted text. A lenient decoder accepts several texts for one key, so a text would
// not identify it.

import { utf8, wipe } from './bytes.ts';
import { PrimitivesError } from './primitives-error.ts';

const STANDARD = utf8('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const URL_SAFE = utf8('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
const ASCII = new TextDecoder();
const NOT_IN_ALPHABET = 64;

export interface DecodeBase64Options {
  /** Refuse any other decoded length. */
  readonly lengthBytes?: number;
}

/** Base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  const text = encode(bytes, STANDARD);
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/** Base64url without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encode(bytes, URL_SAFE);
}

/**
 * Decodes padded base64. White space, missing or surplus padding, the url alphabet and non-zero bits behind
 * the last byte (RFC 4648 section 3.5) are refused.
 * @throws PrimitivesError `invalid_base64`; `wrong_length` when `lengthBytes` is given and does not fit
 */
export function decodeBase64(text: string, options: DecodeBase64Options = {}): Uint8Array {
  if (typeof text !== 'string' || text.length % 4 !== 0) throw invalid('padded base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return decode(text, text.length - padding, STANDARD_VALUES, 'padded base64', options);
}

/**
 * Decodes unpadded base64url. Padding, the standard alphabet and non-zero bits behind the last byte are
 * refused.
 * @throws PrimitivesError `invalid_base64`; `wrong_length` when `lengthBytes` is given and does not fit
 */
export function decodeBase64Url(text: string, options: DecodeBase64Options = {}): Uint8Array {
  if (typeof text !== 'string') throw invalid('unpadded base64url');
  return decode(text, text.length, URL_SAFE_VALUES, 'unpadded base64url', options);
}

/**
 * The digits are collected as bytes: a text that grows by one digit at a time costs many times its length.
 */
function encode(bytes: Uint8Array, alphabet: Uint8Array): string {
  const digits = new Uint8Array(Math.ceil((bytes.length * 8) / 6));
  let held = 0;
  let heldBits = 0;
  let written = 0;
  for (let at = 0; at < bytes.length; at++) {
    held = ((held << 8) | (bytes[at] as number)) & 0xffff;
    heldBits += 8;
    while (heldBits >= 6) {
      heldBits -= 6;
      digits[written++] = alphabet[(held >>> heldBits) & 63] as number;
    }
  }
  if (heldBits > 0) digits[written] = alphabet[(held << (6 - heldBits)) & 63] as number;
  const text = ASCII.decode(digits);
  wipe(digits);
  return text;
}

function decode(
  text: string,
  digits: number,
  values: Uint8Array,
  what: string,
  options: DecodeBase64Options,
): Uint8Array {
  if (digits % 4 === 1) throw invalid(what);
  const bytes = new Uint8Array(Math.floor((digits * 6) / 8));
  if (options.lengthBytes !== undefined && bytes.length !== options.lengthBytes) {
    throw new PrimitivesError(
      'wrong_length',
      `expected ${options.lengthBytes} bytes in ${what}, got ${bytes.length}`,
    );
  }
  let held = 0;
  let heldBits = 0;
  let written = 0;
  for (let i = 0; i < digits; i++) {
    const value = values[text.charCodeAt(i)] ?? NOT_IN_ALPHABET;
    if (value === NOT_IN_ALPHABET) throw invalid(what);
    held = ((held << 6) | value) & 0xffff;
    heldBits += 6;
    if (heldBits >= 8) {
      heldBits -= 8;
      bytes[written++] = (held >>> heldBits) & 0xff;
    }
  }
  // RFC 4648 section 3.5: the bits that fill up the last digit must be zero.
  if ((held & ((1 << heldBits) - 1)) !== 0) throw invalid(what);
  return bytes;
}

function invalid(what: string): PrimitivesError {
  return new PrimitivesError(
    'invalid_base64',
    `not canonical ${what}: check the alphabet, the padding and that no white space is left`,
  );
}

function valuesOf(alphabet: Uint8Array): Uint8Array {
  const values = new Uint8Array(128).fill(NOT_IN_ALPHABET);
  for (const [value, digit] of alphabet.entries()) values[digit] = value;
  return values;
}

const STANDARD_VALUES = valuesOf(STANDARD);
const URL_SAFE_VALUES = valuesOf(URL_SAFE);
