// Ends a connection, with an answer or without one, and parses nothing more of what was sent over it.
// Otherwise Node would continue to parse until the connection has ended. That can be megabytes of pipelined
// requests, or of a body, in one turn of the event loop.

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_MEDIA_TYPE, type Problem } from '@mesh/protocol';

/**
 * Answers with a problem and ends the connection. Call it only when no earlier answer on it is outstanding.
 */
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
  // The pause comes first, because a `data` listener makes a socket flow unless it was paused.
  socket.pause();
  parseNoMore(socket);
}

/** Ends a connection at once. What has arrived over it is not parsed. */
export function drop(socket: Socket): void {
  parseNoMore(socket);
  socket.destroy();
}

/**
 * Node passes what it reads directly to its HTTP parser, even for a destroyed socket, until the socket has a
 * `data` listener.
 */
function parseNoMore(socket: Socket): void {
  socket.on('data', () => undefined);
}
