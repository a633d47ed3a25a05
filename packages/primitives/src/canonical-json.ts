// Canonical JSON (JCS, RFC 8785): one text for one value, so that a signature over it means the value. The
// serialisation is the `canonicalize` package's; what stands here is the refusal of everything that has no
// single JSON text: JSON.stringify's habits (dropping undefined, calling toJSON, NaN as null) never apply.

import canonicalize from 'canonicalize';
import type { JsonValue } from './json-value.ts';
import { PrimitivesError } from './primitives-error.ts';
import { refuseLoneSurrogates } from './well-formed.ts';

// The package is CommonJS (`module.exports = fn`) with ES-module typings: the default import is the function.
const serialize = canonicalize as unknown as (input: unknown) => string;

/** Far above any message of ours, far below the stack's limit; it also ends cycles. */
const MAX_DEPTH = 128;

/**
 * The RFC 8785 text of a value: keys sorted by UTF-16 code units (section 3.2.3), ECMAScript number texts
 * (3.2.2.3), no white space, -0 as 0.
 * @throws PrimitivesError `json_non_finite` (NaN, Infinity), `lone_surrogate` (value or key), `json_forbidden_key`
 *   (`__proto__`), `json_too_deep` (above 128; also a cycle), `json_unsupported_value` (undefined, bigint, function, symbol, hole, class instance)
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
    // By index, not for…of semantics of a subclass; a hole reads as undefined and is refused.
    for (let i = 0; i < value.length; i++) check(value[i], depth);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw unsupported('class instance');
  for (const key of Object.keys(value)) {
    // parseStrictJson refuses it, and what is signed must be readable.
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
