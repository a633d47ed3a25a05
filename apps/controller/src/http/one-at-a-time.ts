// What stands before the public door's routes, where nobody is known yet: one request at a time over a connection, of a length
// that its head says. Who pipelines, or sends a body in pieces of a byte, would hold up the event loop.

import type { IncomingMessage, RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { type Problem, problem } from '@mesh/protocol';
import { endAfter } from './end-after.ts';

/** Whether the head leaves open how long the body is. */
export function isUnsized({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined;
}

export const UNSIZED: Problem = problem(
  'length_required',
  'send the body in one piece, with a Content-Length and without Transfer-Encoding',
);

/** A request that comes before the answer to the one before it ends the connection without an answer. */
export function oneAtATime(listener: RequestListener): RequestListener {
  const busy = new WeakSet<Socket>();
  return (request, response) => {
    const { socket } = request;
    if (busy.has(socket)) {
      socket.destroy();
      return;
    }
    busy.add(socket);
    response.once('close', () => busy.delete(socket));
    if (isUnsized(request)) endAfter(socket, response, UNSIZED);
    else listener(request, response);
  };
}
