// Strict reading of JSON from untrusted senders. JSON.parse alone keeps the last of two equal keys, turns
// 1e400 into Infinity and 9007199254740993 into 9007199254740992, and accepts lone surrogates. Each of these
// lets two readers of one signed body see different values.
//
// This is a hot path, so the work is split: a scan of the text (depth, number of members, whether surrogates
// are possible), then the platform's JSON.parse, then a walk over the value. Finding duplicate keys needs no
// set of keys. Valid JSON has one ':' outside strings for each member as written, and the parsed value has
// one key for each distinct member, so the two counts are equal exactly when no key was written twice.

import type { JsonValue } from './json-value.ts';
import { refuseLoneSurrogates } from './lone-surrogates.ts';
import { PrimitivesError } from './primitives-error.ts';

export interface StrictJsonLimits {
  /** Largest accepted text, in UTF-8 bytes. Default 65536. */
  readonly maxBytes?: number;
  /** Deepest accepted nesting of arrays and objects; a bare scalar has depth 0. Default 16. */
  readonly maxDepth?: number;
  /**
   * What happens to a whole number beyond 2^53 - 1. Default `refuse`. `round` gives the nearest double, for
   * text whose numbers nobody uses.
   */
  readonly unsafeIntegers?: 'refuse' | 'round';
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Parses JSON and refuses what RFC 8259 leaves to each reader.
 * @param text the body, already decoded from UTF-8
 * @returns fresh plain objects and arrays, owned by the caller. Strings are well-formed and numbers are
 *   finite. Whole numbers lie between -(2^53 - 1) and 2^53 - 1 however they are written (RFC 7493, section
 *   2.2): 1e30 and 12345678901234567890.0 are refused too, unless `unsafeIntegers` is `round`. A number with
 *   a fraction is read as the nearest double, as everywhere in JSON: 0.1 has no other reading, and 1e-400
 *   is 0. -0 stays -0, which equals 0.
 * @throws PrimitivesError `json_too_large`, `json_too_deep`, `json_syntax`, `json_duplicate_key`,
 *   `json_forbidden_key` (`__proto__`), `json_non_finite`, `json_unsafe_integer`, `lone_surrogate`
 */
export function parseStrictJson(text: string, limits: StrictJsonLimits = {}): JsonValue {
  const maxBytes = limits.maxBytes ?? 65_536;
  const maxDepth = limits.maxDepth ?? 16;
  if (typeof text !== 'string' || exceedsUtf8Length(text, maxBytes)) {
    throw new PrimitivesError('json_too_large', `JSON text: send a string of at most ${maxBytes} bytes`);
  }
  const seen = scan(text, maxDepth);
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    // JSON.parse quotes the text in its message, and the text may hold a secret.
    throw new PrimitivesError(
      'json_syntax',
      'the text is not JSON (RFC 8259); check quotes, commas and ends',
    );
  }
  if (countMembers(value, seen.maySurrogate, limits.unsafeIntegers === 'round') !== seen.members) {
    throw new PrimitivesError('json_duplicate_key', 'an object has one key twice; send every key once');
  }
  return value;
}

interface Scan {
  /** Count of ':' outside strings. */
  readonly members: number;
  /** Whether any string could hold a surrogate, raw or as a \u escape. */
  readonly maySurrogate: boolean;
}

/**
 * One pass over the text. The result is meaningful only for valid JSON; the depth is enforced for any text.
 */
function scan(text: string, maxDepth: number): Scan {
  let members = 0;
  let depth = 0;
  let inString = false;
  let maySurrogate = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === QUOTE) inString = false;
      else if (code === BACKSLASH) {
        i += 1;
        if (text.charCodeAt(i) === LOWER_U) maySurrogate = true;
      } else if (code >= 0xd800) maySurrogate = true;
    } else if (code === QUOTE) inString = true;
    else if (code === COLON) members += 1;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      if (depth > maxDepth) {
        throw new PrimitivesError('json_too_deep', `JSON nests deeper than ${maxDepth}; flatten the body`);
      }
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
  }
  return { members, maySurrogate };
}

/** Checks every value and key, and counts keys. Recursion is bounded: the scan has limited the depth. */
function countMembers(value: JsonValue, maySurrogate: boolean, round: boolean): number {
  if (typeof value === 'string') {
    if (maySurrogate) refuseLoneSurrogates(value);
    return 0;
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) {
      throw new PrimitivesError('json_non_finite', 'a number is too large for a double; send a finite one');
    }
    // A double above 2^53 is always whole, so this also catches a fraction that was rounded to one.
    if (!round && Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw new PrimitivesError(
        'json_unsafe_integer',
        'a number is beyond 2^53 - 1, where readers round it differently; send a smaller one, or a string',
      );
    }
    return 0;
  }
  if (value === null || typeof value === 'boolean') return 0;
  let members = 0;
  if (isJsonArray(value)) {
    for (const item of value) members += countMembers(item, maySurrogate, round);
    return members;
  }
  // JSON.parse gives plain objects: every enumerable key is their own, `__proto__` included.
  for (const key of Object.keys(value)) {
    if (key === '__proto__') {
      throw new PrimitivesError('json_forbidden_key', 'the key __proto__ is not accepted; rename it');
    }
    if (maySurrogate) refuseLoneSurrogates(key);
    members += 1 + countMembers(value[key] as JsonValue, maySurrogate, round);
  }
  return members;
}

function isJsonArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** A UTF-16 code unit takes at most three bytes of UTF-8, so most texts need not be counted. */
function exceedsUtf8Length(text: string, maxBytes: number): boolean {
  if (text.length > maxBytes) return true;
  if (text.length * 3 <= maxBytes) return false;
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // A surrogate is one half of a four-byte sequence: two bytes each.
    if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return bytes > maxBytes;
}
