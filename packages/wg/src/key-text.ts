// A WireGuard key's two texts: base64 (44 characters, configuration and `wg`) and lower-case hex (64,
// userspace API). Both encode 256 bits, and two base64 characters are exactly three hex digits, so the texts
// convert into each other without a byte array between them. A text is made from all its characters at once:
// joined from pieces, 2,000 keys would leave megabytes for the garbage collector at each reading of an
// interface. Neither conversion runs in constant time; a JavaScript string cannot promise that.

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const HEX = '0123456789abcdef';
const BASE64_LENGTH = 44;
const HEX_LENGTH = 64;
const EQUALS = 0x3d;
const INVALID = 255;

const base64Value = reverse(BASE64);
const hexValue = reverse(HEX);
const hexCode = codesOf(HEX);
const base64Code = codesOf(BASE64);
/** Used again for each text, and cleared after it, also if the text is refused. */
const hexCodes = new Array<number>(HEX_LENGTH).fill(0);
const base64Codes = new Array<number>(BASE64_LENGTH).fill(0);

/**
 * Base64 of exactly 32 bytes → 64 lower-case hex digits, or `undefined` if the text is anything else: another
 * length, another alphabet, missing padding, whitespace, or spare bits that are not zero (RFC 4648, section
 * 3.5).
 */
export function hexOfBase64Key(text: string): string | undefined {
  if (text.length !== BASE64_LENGTH || text.charCodeAt(43) !== EQUALS) return undefined;
  let end = 0;
  for (let at = 0; at < 42; at += 2) {
    const high = valueAt(base64Value, text, at);
    const low = valueAt(base64Value, text, at + 1);
    if (high === INVALID || low === INVALID) return refused(hexCodes);
    hexCodes[end++] = codeAt(hexCode, high >> 2);
    hexCodes[end++] = codeAt(hexCode, ((high & 3) << 2) | (low >> 4));
    hexCodes[end++] = codeAt(hexCode, low & 15);
  }
  const last = valueAt(base64Value, text, 42);
  // The last character carries four bits of key; its two spare bits must be zero.
  if (last === INVALID || (last & 3) !== 0) return refused(hexCodes);
  hexCodes[end] = codeAt(hexCode, last >> 2);
  return textOf(hexCodes);
}

/** 64 lower-case hex digits → canonical base64 of the same 32 bytes, or `undefined` for any other text. */
export function base64OfHexKey(text: string): string | undefined {
  if (text.length !== HEX_LENGTH) return undefined;
  let end = 0;
  for (let at = 0; at < 63; at += 3) {
    const a = valueAt(hexValue, text, at);
    const b = valueAt(hexValue, text, at + 1);
    const c = valueAt(hexValue, text, at + 2);
    if (a === INVALID || b === INVALID || c === INVALID) return refused(base64Codes);
    base64Codes[end++] = codeAt(base64Code, (a << 2) | (b >> 2));
    base64Codes[end++] = codeAt(base64Code, ((b & 3) << 4) | c);
  }
  const last = valueAt(hexValue, text, 63);
  if (last === INVALID) return refused(base64Codes);
  base64Codes[end++] = codeAt(base64Code, last << 2);
  base64Codes[end] = EQUALS;
  return textOf(base64Codes);
}

/** 32 bytes → 64 lower-case hex digits. */
export function hexOf32Bytes(bytes: Uint8Array): string {
  let end = 0;
  for (const byte of bytes) {
    hexCodes[end++] = codeAt(hexCode, byte >> 4);
    hexCodes[end++] = codeAt(hexCode, byte & 15);
  }
  return textOf(hexCodes);
}

/** The 32 bytes of 64 lower-case hex digits; `undefined` for any other text. */
export function bytesOfHexKey(text: string): Uint8Array | undefined {
  if (text.length !== HEX_LENGTH) return undefined;
  const bytes = new Uint8Array(HEX_LENGTH / 2);
  for (let at = 0; at < bytes.length; at++) {
    const high = valueAt(hexValue, text, 2 * at);
    const low = valueAt(hexValue, text, 2 * at + 1);
    if (high === INVALID || low === INVALID) return undefined;
    bytes[at] = (high << 4) | low;
  }
  return bytes;
}

function valueAt(values: Uint8Array, text: string, at: number): number {
  // The table has no entry beyond ASCII, so look-alike characters are invalid too.
  return values[text.charCodeAt(at)] ?? INVALID;
}

function codeAt(codes: Uint8Array, value: number): number {
  return codes[value] ?? INVALID;
}

function codesOf(alphabet: string): Uint8Array {
  return Uint8Array.from(alphabet, (character) => character.charCodeAt(0));
}

function textOf(codes: number[]): string {
  const text = String.fromCharCode(...codes);
  codes.fill(0);
  return text;
}

function refused(codes: number[]): undefined {
  codes.fill(0);
}

function reverse(alphabet: string): Uint8Array {
  const values = new Uint8Array(128).fill(INVALID);
  for (let value = 0; value < alphabet.length; value++) values[alphabet.charCodeAt(value)] = value;
  return values;
}
