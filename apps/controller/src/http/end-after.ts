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
  // In this order: who begins to listen to a socket that is not paused sets it going.
  socket.pause();
  parseNoMore(socket);
}

/** Ends a connection at once: what has come over it is not parsed. */
export function drop(socket: Socket): void {
  parseNoMore(socket);
  socket.destroy();
}

/** What is read goes straight to Node's HTTP parser, also from a socket that is destroyed, until somebody listens to it. */
function parseNoMore(socket: Socket): void {
  socket.on('data', () => undefined);
}
