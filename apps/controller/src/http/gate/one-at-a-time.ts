// Refuses requests on the public listener before routing. A connection may carry one request at a time, and
// the request's head has to state the length of its body. A caller that pipelines, or sends a body in pieces
// of one byte, would hold up the event loop.

import type { RequestListener } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { networkOf } from './address-rate-limit.ts';
import { objectToBody } from './body-limit.ts';
import { drop, endAfter } from './end-connection.ts';
import { Pipeliners } from './pipelining-callers.ts';

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

  /** A request that comes before the previous one is answered ends the connection without an answer. */
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
      const objection = objectToBody(request);
      if (objection !== undefined) endAfter(socket, response, objection);
      else listener(request, response);
    };
  }
}

function sourceOf({ remoteAddress }: Socket): string {
  return networkOf(remoteAddress ?? 'unknown');
}
