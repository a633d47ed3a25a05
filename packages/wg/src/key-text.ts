// A WireGuard key's two texts: base64 (44 characters, configuration and `wg`) and lower-case hex (64,
// userspace API). Both encode 256 bits, and two base64 characters are exactly three hex digits, so the texts
// convert into each other without a byte array between them: setting 1,000 preshared keys builds one string
// and nothing else. Neither conversion runs in constant time; a JavaScript string cannot promise that.

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE64_LENGTH = 44;
const HEX_LENGTH = 64;
const INVALID = 255;

const base64Value = reverse(BASE64);
const hexValue = reverse('0123456789abcdef');
const hexOfTwelveBits = Array.from({ length: 4096 }, (_, bits) => bits.toString(16).padStart(3, '0'));
const base64OfTwelveBits = Array.from(
  { length: 4096 },
  (_, bits) => BASE64.charAt(bits >> 6) + BASE64.charAt(bits & 63),
);

/**
 * Base64 of exactly 32 bytes → 64 lower-case hex digits, or `undefined` if the text is anything else: another
 * length, another alphabet, missing padding, whitespace, or spare bits that are not zero (RFC 4648, section
 * 3.5).
 */
export function hexOfBase64Key(text: string): string | undefined {
  if (text.length !== BASE64_LENGTH || text.charCodeAt(43) !== 0x3d) return undefined;
  let hex = '';
  for (let at = 0; at < 42; at += 2) {
    const high = valueAt(base64Value, text, at);
    const low = valueAt(base64Value, text, at + 1);
    if (high === INVALID || low === INVALID) return undefined;
    hex += hexOfTwelveBits[(high << 6) | low];
  }
  const last = valueAt(base64Value, text, 42);
  // The last character carries four bits of key; its two spare bits must be zero.
  if (last === INVALID || (last & 3) !== 0) return undefined;
  return hex + (last >> 2).toString(16);
}

/** 64 lower-case hex digits → canonical base64 of the same 32 bytes, or `undefined` for any other text. */
export function base64OfHexKey(text: string): string | undefined {
  if (text.length !== HEX_LENGTH) return undefined;
  let base64 = '';
  for (let at = 0; at < 63; at += 3) {
    const a = valueAt(hexValue, text, at);
    const b = valueAt(hexValue, text, at + 1);
    const c = valueAt(hexValue, text, at + 2);
    if (a === INVALID || b === INVALID || c === INVALID) return undefined;
    base64 += base64OfTwelveBits[(a << 8) | (b << 4) | c];
  }
  const last = valueAt(hexValue, text, 63);
  if (last === INVALID) return undefined;
  return `${base64}${BASE64.charAt(last << 2)}=`;
}

function valueAt(values: Uint8Array, text: string, at: number): number {
  // The table has no entry beyond ASCII, so look-alike characters are invalid too.
  return values[text.charCodeAt(at)] ?? INVALID;
}

function reverse(alphabet: string): Uint8Array {
  const values = new Uint8Array(128).fill(INVALID);
  for (let value = 0; value < alphabet.length; value++) values[alphabet.charCodeAt(value)] = value;
  return values;
}
