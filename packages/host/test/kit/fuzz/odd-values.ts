// Values that break what expects others, and places in a body where they can be put.

import fc from 'fast-check';

export type Body = Record<string, unknown>;

const NESTED = (depth: number): unknown => {
  let value: unknown = [];
  for (let at = 0; at < depth; at++) value = at % 2 === 0 ? [value] : { a: value };
  return value;
};

const TEXTS = [
  '',
  ' ',
  '0',
  'null',
  'node-b',
  'NODE-A',
  'node-a\n',
  '../node-a',
  '__proto__',
  'a'.repeat(300),
  'x'.repeat(20_000),
  '\u0000',
  '\u202e',
  '\ufeff',
  '\ud83d\ude00'.repeat(40),
  '2030-02-30T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  `${'A'.repeat(43)}=`,
  `${'/'.repeat(43)}=`,
  `${'A'.repeat(85)}==`,
  '{{7*7}}',
  "' OR 1=1 --",
];

/** Any JSON value that is not what a field wants, most of the time. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -0,
    -1,
    0.5,
    1e-320,
    1e308,
    2 ** 53 - 1,
    2 ** 53,
    -(2 ** 53),
  ),
  fc.constantFrom<unknown>(...TEXTS),
  fc.constantFrom<unknown>([], {}, [[]], [null], NESTED(14), NESTED(40), Array(5_000).fill(0)),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 3 }),
);

export interface Edit {
  /** Which of all places in the body, counted around. */
  readonly at: number;
  readonly how: 'replace' | 'remove' | 'add' | 'rename' | 'swap_type';
  readonly value: unknown;
}

export const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat({ max: 4096 }),
  how: fc.constantFrom('replace', 'replace', 'remove', 'add', 'rename', 'swap_type'),
  value: oddValue,
});

/** A changed copy. */
export function edited(body: Body, edits: readonly Edit[]): Body {
  const copy = structuredClone(body);
  // The values are drawn once and used often, and an edit may change what an earlier one has put in.
  for (const one of edits) apply(copy, { ...one, value: structuredClone(one.value) });
  return copy;
}

function apply(body: Body, { at, how, value }: Edit): void {
  const places = placesIn(body);
  const place = places[at % Math.max(1, places.length)];
  if (place === undefined || how === 'add') {
    const into = place === undefined ? body : place.parent;
    if (Array.isArray(into)) into.push(value);
    else define(into, ADDED[at % ADDED.length] ?? 'extra', value);
    return;
  }
  const { parent, key } = place;
  if (how === 'replace') define(parent, key, value);
  else if (how === 'swap_type') define(parent, key, otherType(parent[key]));
  else {
    const old = parent[key];
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key];
    if (how === 'rename' && !Array.isArray(parent)) define(parent, key.toUpperCase(), old);
  }
}

const ADDED = ['extra', '__proto__', 'constructor', 'toString', 'node_id', 'signature', 'sequence', '', 'é'];

/** The same in another type: what lenient parsers take for it. */
function otherType(value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      return String(value);
    case 'string':
      return value === '' ? 0 : [value];
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      return Array.isArray(value) ? Object.fromEntries(value.entries()) : JSON.stringify(value);
  }
}

interface Place {
  readonly parent: Body;
  readonly key: string;
}

function placesIn(value: unknown, depth = 0): Place[] {
  if (!isObject(value) || depth > 4) return [];
  return Object.keys(value).flatMap((key) => [{ parent: value, key }, ...placesIn(value[key], depth + 1)]);
}

const isObject = (value: unknown): value is Body => typeof value === 'object' && value !== null;

/** `__proto__` becomes a key like any other. */
function define(parent: Body, key: string, value: unknown): void {
  Object.defineProperty(parent, key, { value, enumerable: true, writable: true, configurable: true });
}
