// Canonical JSON (JCS, RFC 8785): each value has one text, so that a signature over the text means the value.
// This file refuses every value that has no single JSON text, so that the habits of JSON.stringify (dropping
// undefined, calling toJSON, writing NaN as null) never apply. For what is left, JSON.stringify differs from
// JCS in one thing, the order of keys. So it serialises a value whose keys are in order already, and a copy
// with sorted keys of any other. The `canonicalize` package serialises the rest: objects with a key such as
// "10", which JavaScript puts first wherever it was added, and arrays of a subclass.

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
  switch (check(value, 0)) {
    case 'in order':
      return JSON.stringify(value);
    case 'out of order':
      return JSON.stringify(sorted(value));
    default:
      return serialize(value);
  }
}

/** How far a value is from one that JSON.stringify writes in canonical form. */
type Order = 'in order' | 'out of order' | 'unsortable';

const worseOf = (one: Order, other: Order): Order =>
  one === 'unsortable' || other === 'in order' ? one : other;

function check(value: unknown, depth: number): Order {
  switch (typeof value) {
    case 'string':
      refuseLoneSurrogates(value);
      return 'in order';
    case 'number':
      if (!Number.isFinite(value)) {
        throw new PrimitivesError(
          'json_non_finite',
          'NaN and Infinity have no JSON text; use finite numbers',
        );
      }
      return 'in order';
    case 'boolean':
      return 'in order';
    case 'object':
      return value === null ? 'in order' : checkContainer(value, depth + 1);
    default:
      throw unsupported(typeof value);
  }
}

function checkContainer(value: object, depth: number): Order {
  if (depth > MAX_DEPTH) {
    throw new PrimitivesError('json_too_deep', `the value nests deeper than ${MAX_DEPTH}, or holds itself`);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value)) {
    let order: Order = prototype === Array.prototype ? 'in order' : 'unsortable';
    // By index, because a subclass can change what for…of does. A hole reads as undefined and is refused.
    for (let i = 0; i < value.length; i++) order = worseOf(order, check(value[i], depth));
    return order;
  }
  if (prototype !== Object.prototype && prototype !== null) throw unsupported('class instance');
  return checkMembers(value as Readonly<Record<string, unknown>>, depth);
}

function checkMembers(object: Readonly<Record<string, unknown>>, depth: number): Order {
  let order: Order = 'in order';
  let previous = '';
  for (const key of Object.keys(object)) {
    // parseStrictJson refuses this key, and whatever is signed must be readable.
    if (key === '__proto__') {
      throw new PrimitivesError('json_forbidden_key', 'the key __proto__ is not accepted; rename it');
    }
    refuseLoneSurrogates(key);
    if (startsWithDigit(key)) order = 'unsortable';
    else if (key < previous) order = worseOf(order, 'out of order');
    previous = key;
    order = worseOf(order, check(object[key], depth));
  }
  return order;
}

/** Every key whose place JavaScript chooses is the text of a whole number, so it starts with a digit. */
function startsWithDigit(key: string): boolean {
  const code = key.charCodeAt(0);
  return code >= 0x30 && code <= 0x39;
}

/** A copy of a sortable value with every object's keys in the order of UTF-16 code units. */
function sorted(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const object = value as { readonly [key: string]: JsonValue };
  const copy: Record<string, JsonValue> = {};
  for (const key of Object.keys(object).sort()) copy[key] = sorted(object[key] as JsonValue);
  return copy;
}

function unsupported(what: string): PrimitivesError {
  return new PrimitivesError(
    'json_unsupported_value',
    `${what} has no JSON text; leave the key out, or pass null, a plain object or an array`,
  );
}
