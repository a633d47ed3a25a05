// How a connection is ended with an answer. What else was sent over it stays unread. Otherwise Node would go on reading
// until the end of the connection has been sent, which can be megabytes of pipelined requests, or of a body, in one
// turn of the event loop.

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_MEDIA_TYPE, type Problem } from '@mesh/protocol';

/** Answers with a problem and ends the connection. Call it only when no earlier answer on it is outstanding. */
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
  // The pause comes first: adding a listener to a socket that is not paused sets it going.
  socket.pause();
  parseNoMore(socket);
}

/** Ends a connection at once. What has arrived over it is not parsed. */
export function drop(socket: Socket): void {
  parseNoMore(socket);
  socket.destroy();
}

/** Until something listens to a socket, Node hands what it reads to its HTTP parser, even from a destroyed socket. */
function parseNoMore(socket: Socket): void {
  socket.on('data', () => undefined);
}
