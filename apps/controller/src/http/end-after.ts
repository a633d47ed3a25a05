// How a connection ends with an answer. What else was sent over it stays unread: Node would go on reading until the end of the
// connection is out, which is megabytes of pipelined requests, or of a body, in one turn of the event loop.

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_MEDIA_TYPE, type Problem } from '@mesh/protocol';

/** Answers with a problem and ends the connection. Only where no earlier answer on it is still to come. */
export function endAfter(
  socket: Socket,
  response: ServerResponse,
  details: Problem,
  headers: Readonly<Record<string, number>> = {},
): void {
  const body = JSON.stringify(details);
  response.once('finish', () => socket.destroy());
  response.writeHead(details.status, {
    'content-type': PROBLEM_MEDIA_TYPE,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
    ...headers,
  });
  response.end(body);
  socket.pause();
}

/** Ends a new connection before anything that has come over it is parsed. */
export function drop(socket: Socket): void {
  // What is read goes to the HTTP parser inside of Node, also from a socket that is destroyed, until somebody listens to it.
  socket.on('data', () => undefined);
  socket.destroy();
}
