// Limits the body of a request. The head of the request has to state the body's length.

import type { IncomingMessage } from 'node:http';
import { MAX_APPLIED_BYTES, networkAdminPath, type Problem, problem, routes } from '@mesh/protocol';

export const MAX_BODY_BYTES = 65_536;
/**
 * A pool of exam items is as long as a suite may be. Its text takes up to four times as many bytes in JSON.
 */
export const MAX_POOL_BODY_BYTES = 4_259_840;

const NETWORK_POOLS = networkAdminPath(routes.examPools);
const REPORTS = routes.reportApplied.slice(0, routes.reportApplied.indexOf(':'));

export const tooLarge = (maxBytes = MAX_BODY_BYTES): Problem =>
  problem('body_too_large', `a message has at most ${maxBytes} bytes`);

/** @returns why the body must not be read, judged by the head; undefined if it may be read */
export function findBodyObjection({
  headers,
  url,
}: Pick<IncomingMessage, 'headers' | 'url'>): Problem | undefined {
  if (headers['transfer-encoding'] !== undefined) return UNSIZED;
  const maxBytes = maxBytesAt(url);
  return Number(headers['content-length'] ?? 0) > maxBytes ? tooLarge(maxBytes) : undefined;
}

/** A caller who is not known is refused before a longer body is read. */
function maxBytesAt(url: string | undefined): number {
  if (url === NETWORK_POOLS) return MAX_POOL_BODY_BYTES;
  return url?.startsWith(REPORTS) === true ? MAX_APPLIED_BYTES : MAX_BODY_BYTES;
}

const UNSIZED: Problem = problem(
  'length_required',
  'send the body in one piece, with a Content-Length and without Transfer-Encoding',
);
