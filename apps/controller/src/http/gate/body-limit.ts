// Limits the body of a request. The head of the request has to state the body's length.

import type { IncomingMessage } from 'node:http';
import { type Problem, problem } from '@mesh/protocol';

export const MAX_BODY_BYTES = 65_536;

export const tooLarge = (): Problem =>
  problem('body_too_large', `a message has at most ${MAX_BODY_BYTES} bytes`);

/** @returns why the body must not be read, judged by the head; undefined if it may be read */
export function objectToBody({ headers }: IncomingMessage): Problem | undefined {
  if (headers['transfer-encoding'] !== undefined) return UNSIZED;
  return Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES ? tooLarge() : undefined;
}

const UNSIZED: Problem = problem(
  'length_required',
  'send the body in one piece, with a Content-Length and without Transfer-Encoding',
);
