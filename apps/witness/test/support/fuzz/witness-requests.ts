// Requests to a witness that change nothing, because they only read or are sent where nothing is.

import { createHash } from 'node:crypto';
import { type RawRequest, rawRequest, requestBytes } from '@mesh/host/fuzz-kit';
import fc from 'fast-check';
import { ORIGIN } from '../log.ts';

export interface RequestAttack {
  readonly bytes: Buffer;
  readonly isHead: boolean;
  /** How it is sent, if that is not at once. Node may refuse it by itself. */
  readonly raw?: RawRequest;
  /** Node may refuse it by itself all the same. */
  readonly isOdd?: boolean;
  /** Whether an answer 2xx is allowed. */
  readonly mayRead: boolean;
}

const ORIGIN_HASH = createHash('sha256').update(ORIGIN).digest('hex');
const PATHS = [
  '/add-checkpoint',
  `/${ORIGIN_HASH}/checkpoint`,
  `/${ORIGIN_HASH.toUpperCase()}/checkpoint`,
  `/${'0'.repeat(64)}/checkpoint`,
  `/${ORIGIN_HASH}/checkpoint/`,
  `/${ORIGIN_HASH}`,
  `//${ORIGIN_HASH}/checkpoint`,
  '/../witness.key',
  '/%2e%2e/witness.key',
  '/evidence/',
  '/healthz',
  '/healthz/..',
  '/',
  '/%',
  '/%ff',
  '/\\',
  '/__proto__/checkpoint',
  `/${'a'.repeat(3_000)}`,
];
const METHODS = ['GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND', 'TRACE'];
const HEADERS: readonly (readonly [string, string])[] = [
  ['x-forwarded-for', '127.0.0.1, 192.0.2.1'],
  ['x-forwarded-for', 'a'.repeat(3_000)],
  ['x-http-method-override', 'POST'],
  ['content-type', 'multipart/form-data; boundary=x'],
  ['content-encoding', 'gzip'],
  ['transfer-encoding', 'x'],
  ['expect', '100-continue'],
  ['range', 'bytes=0-1'],
  ['if-none-match', '*'],
  ['accept-encoding', 'gzip, br'],
  ['connection', 'keep-alive, x'],
];
const QUERIES = ['', '', '?', '?origin=x', '?%', `?${'x'.repeat(2_000)}`, '?__proto__=1'];

const framed: fc.Arbitrary<RequestAttack> = fc
  .record({
    method: fc.constantFrom(...METHODS),
    path: fc.oneof(fc.constantFrom(...PATHS), fc.webPath()),
    query: fc.constantFrom(...QUERIES),
    headers: fc.array(fc.constantFrom(...HEADERS), { maxLength: 2 }),
    body: fc.option(fc.uint8Array({ maxLength: 200 })),
  })
  .map(({ method, path, query, headers, body }) => ({
    bytes: requestBytes({
      method,
      target: (path === '' ? '/' : path) + query,
      headers,
      body: method === 'GET' || method === 'HEAD' || body === null ? undefined : Buffer.from(body),
    }),
    isHead: method === 'HEAD',
    isOdd: headers.some(([name]) => name === 'transfer-encoding'),
    mayRead: method === 'GET' || method === 'HEAD',
  }));

const raw: fc.Arbitrary<RequestAttack> = rawRequest(PATHS.slice(0, 2)).map((sent) => ({
  bytes: Buffer.concat(sent.pieces),
  isHead: false,
  raw: sent,
  mayRead: true,
}));

export const requestAttack: fc.Arbitrary<RequestAttack> = fc.oneof(
  { weight: 9, arbitrary: framed },
  { weight: 1, arbitrary: raw },
);
