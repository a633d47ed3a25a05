// The attacks, as plain descriptions. What is drawn here does not depend on the mesh, so that a seed draws
// the same attacks each time.

import { type Edit, edit, RAW_HEADS, type TextTwist, textTwists } from '@mesh/host/fuzz-kit';
import fc from 'fast-check';

/**
 * Why the controller must refuse a message whatever else is wrong with it. Without one of these a message
 * could be a valid one.
 */
export const dooms = [
  'misformed',
  'replayed',
  'forged',
  'other_kind',
  'altered',
  'other_mesh',
  'other_node',
  'other_sender',
  'expired',
  'nowhere',
  'as_it_is',
  'no_right',
] as const;
export type Doom = (typeof dooms)[number];

interface Common {
  /** Which target, counted around. */
  readonly target: number;
  readonly draw: number;
}

export interface MessageAttack extends Common {
  readonly plan: 'message';
  readonly doom: number;
  readonly edits: readonly Edit[];
  readonly twist: TextTwist;
  readonly contentType: string;
  readonly query: string;
  readonly headers: readonly (readonly [string, string])[];
}

export interface RequestAttack extends Common {
  readonly plan: 'request';
  readonly method: string;
  readonly pathTrick: number;
  readonly parameter: string;
  readonly query: string;
  readonly contentType: string;
  readonly headers: readonly (readonly [string, string])[];
}

export interface RawAttack extends Common {
  readonly plan: 'raw';
  readonly head: number;
}

export type Attack = MessageAttack | RequestAttack | RawAttack;

const TYPES = [
  'application/json; charset=utf-8',
  'Application/JSON',
  'text/plain',
  '',
  'application/json, text/plain',
  'multipart/form-data; boundary=x',
  'application/jsonx',
  'application/problem+json',
];
const contentType = fc.oneof(
  { weight: 9, arbitrary: fc.constant('application/json') },
  { weight: 1, arbitrary: fc.constantFrom(...TYPES) },
);

// No wait that is valid: the clock stands still, so that such a query would never be answered.
const PARAMETERS = [
  'wait=0s',
  'wait=61s',
  'wait=-1s',
  'wait=1e1s',
  'wait=',
  'version=',
  'version=0.0',
  'version=1.1',
  `version=${'9'.repeat(65)}`,
  'version=1.99999999999999999999',
  'version=%00',
  'instance=short',
  'instance=instance-of-node-z',
  'notices=1',
  'batch=1',
  'from=0',
  'from=-1',
  'from=99999999999999999',
  'limit=0',
  'limit=1',
  'limit=1001',
  'limit=1&limit=2',
  'limit=%31',
  '%',
  '%ff=%fe',
  '__proto__=1',
  `x=${'y'.repeat(2000)}`,
];
const query = fc
  .array(fc.constantFrom(...PARAMETERS), { maxLength: 3 })
  .map((parts) => (parts.length === 0 ? '' : `?${parts.join('&')}`));

const HEADERS: readonly (readonly [string, string])[] = [
  ['mesh-config-version', '1.1'],
  ['mesh-config-version', 'x'.repeat(500)],
  ['authorization', 'Bearer x'],
  ['authorization', `Basic ${'A'.repeat(500)}`],
  ['x-forwarded-for', '127.0.0.1'],
  ['forwarded', 'for=127.0.0.1'],
  ['accept', '*/*;q=never'],
  ['accept-encoding', 'gzip, br, x'],
  ['content-encoding', 'gzip'],
  ['if-none-match', '*'],
  ['range', 'bytes=0-1'],
  ['cookie', 'a=b; '.repeat(100)],
  ['x-http-method-override', 'DELETE'],
  ['upgrade-insecure-requests', '1'],
  ['origin', 'null'],
  ['te', 'trailers'],
  ['connection', 'keep-alive, x'],
];
const headers = fc.oneof(
  { weight: 4, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(fc.constantFrom(...HEADERS), { maxLength: 3 }) },
);

const common = { target: fc.nat({ max: 1 << 20 }), draw: fc.nat({ max: 1 << 20 }) };

const message: fc.Arbitrary<MessageAttack> = fc.record({
  ...common,
  plan: fc.constant('message' as const),
  doom: fc.nat({ max: 1 << 20 }),
  edits: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.array(edit, { minLength: 1, maxLength: 3 }) },
  ),
  twist: fc.oneof(
    { weight: 6, arbitrary: fc.constant('none' as const) },
    { weight: 1, arbitrary: fc.constantFrom(...textTwists) },
  ),
  contentType,
  query: fc.oneof({ weight: 9, arbitrary: fc.constant('') }, { weight: 1, arbitrary: query }),
  headers,
});

const METHODS = [
  'GET',
  'GET',
  'GET',
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'PROPFIND',
  'TRACE',
];
const IDS = [
  'node-a',
  'node-b',
  'nobody',
  'NODE-A',
  '..',
  '%2e%2e',
  'node-a%00',
  '%',
  '%ff',
  'a'.repeat(2000),
];

const request: fc.Arbitrary<RequestAttack> = fc.record({
  ...common,
  plan: fc.constant('request' as const),
  method: fc.constantFrom(...METHODS),
  pathTrick: fc.nat({ max: 63 }),
  parameter: fc.oneof(
    fc.constant('node-a'),
    fc.constant('node-a'),
    fc.constantFrom(...IDS),
    fc.string({ unit: 'grapheme-ascii', maxLength: 12 }).map(encodeURIComponent),
    fc.webPath(),
  ),
  query,
  contentType,
  headers,
});

const raw: fc.Arbitrary<RawAttack> = fc.record({
  ...common,
  plan: fc.constant('raw' as const),
  head: fc.nat({ max: RAW_HEADS.length - 1 }),
});

export const attack: fc.Arbitrary<Attack> = fc.oneof(
  { weight: 40, arbitrary: message },
  { weight: 18, arbitrary: request },
  { weight: 1, arbitrary: raw },
);
