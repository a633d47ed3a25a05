// What stands before the public door's routes, where nobody is known yet: one request at a time over a connection, of a length
// that its head says. Who pipelines, or sends a body in pieces of a byte, would hold up the event loop.

import type { IncomingMessage, RequestListener } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { type Problem, problem } from '@mesh/protocol';
import { drop, endAfter } from './end-after.ts';
import { networkOf } from './limits.ts';
import { Pipeliners } from './pipeliners.ts';

/** Whether the head leaves open how long the body is. */
export function isUnsized({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined;
}

export const UNSIZED: Problem = problem(
  'length_required',
  'send the body in one piece, with a Content-Length and without Transfer-Encoding',
);

export class OneAtATime {
  readonly #busy = new WeakSet<Socket>();
  readonly #pipeliners: Pipeliners;

  constructor(monotonicMs: () => number) {
    this.#pipeliners = new Pipeliners(monotonicMs);
  }

  follow(server: Server): void {
    server.on('secureConnection', (socket) => {
      if (this.#pipeliners.has(sourceOf(socket))) drop(socket);
    });
  }

  /** A request that comes before the answer to the one before it ends the connection without an answer. */
  guard(listener: RequestListener): RequestListener {
    return (request, response) => {
      const { socket } = request;
      if (socket.destroyed) return;
      if (this.#busy.has(socket)) {
        this.#pipeliners.add(sourceOf(socket));
        drop(socket);
        return;
      }
      this.#busy.add(socket);
      response.once('close', () => this.#busy.delete(socket));
      if (isUnsized(request)) endAfter(socket, response, UNSIZED);
      else listener(request, response);
    };
  }
}

function sourceOf({ remoteAddress }: Socket): string {
  return networkOf(remoteAddress ?? 'unknown');
}
