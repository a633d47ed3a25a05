// Canonical JSON (JCS, RFC 8785): each value has one text, so that a signature over the text means the value.
// The `canonicalize` package serialises. This file refuses every value that has no single JSON text, so that
// the habits of JSON.stringify (dropping undefined, calling toJSON, writing NaN as null) never apply.

import canonicalize from 'canonicalize';
import type { JsonValue } from './json-value.ts';
import { refuseLoneSurrogates } from './lone-surrogates.ts';
import { PrimitivesError } from './primitives-error.ts';

// The package is CommonJS (`module.exports = fn`) with ES-module typings: the default import is the function.
const serialize = canonicalize as unknown as (input: unknown) => string;

/** Far deeper than any message of the protocol, far below the stack's limit. It also stops cycles. */
const MAX_DEPTH = 128;

/**
 * The RFC 8785 text of a value: keys sorted by UTF-16 code units (section 3.2.3), ECMAScript number texts
 * (3.2.2.3), no white space, -0 as 0.
 * @throws PrimitivesError `json_non_finite` (NaN, Infinity), `lone_surrogate` (value or key),
 *   `json_forbidden_key` (`__proto__`), `json_too_deep` (above 128; also a cycle), `json_unsupported_value`
 *   (undefined, bigint, function, symbol, hole, class instance)
 */
export function canonicalJson(value: JsonValue): string {
  check(value, 0);
  return serialize(value);
}

function check(value: unknown, depth: number): void {
  switch (typeof value) {
    case 'string':
      refuseLoneSurrogates(value);
      return;
    case 'number':
      if (!Number.isFinite(value)) {
        throw new PrimitivesError(
          'json_non_finite',
          'NaN and Infinity have no JSON text; use finite numbers',
        );
      }
      return;
    case 'boolean':
      return;
    case 'object':
      if (value !== null) checkContainer(value, depth + 1);
      return;
    default:
      throw unsupported(typeof value);
  }
}

function checkContainer(value: object, depth: number): void {
  if (depth > MAX_DEPTH) {
    throw new PrimitivesError('json_too_deep', `the value nests deeper than ${MAX_DEPTH}, or holds itself`);
  }
  if (Array.isArray(value)) {
    // By index, because a subclass can change what for…of does. A hole reads as undefined and is refused.
    for (let i = 0; i < value.length; i++) check(value[i], depth);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw unsupported('class instance');
  for (const key of Object.keys(value)) {
    // parseStrictJson refuses this key, and whatever is signed must be readable.
    if (key === '__proto__') {
      throw new PrimitivesError('json_forbidden_key', 'the key __proto__ is not accepted; rename it');
    }
    refuseLoneSurrogates(key);
    check((value as Record<string, unknown>)[key], depth);
  }
}

function unsupported(what: string): PrimitivesError {
  return new PrimitivesError(
    'json_unsupported_value',
    `${what} has no JSON text; leave the key out, or pass null, a plain object or an array`,
  );
}
