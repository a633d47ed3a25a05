// Refuses requests on the public listener before routing. A connection may carry one request at a time, and
// the request's head has to state the length of its body. A caller that pipelines, or sends a body in pieces
// of one byte, would hold up the event loop.

import type { RequestListener } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { networkOf } from '@mesh/host';
import { findBodyObjection } from './body-limit.ts';
import { drop, endAfter } from './end-connection.ts';
import type { FloodWatch } from './flood-watch.ts';
import { Pipeliners } from './pipelining-callers.ts';
import type { SourceAddresses } from './source-addresses.ts';

export interface OneAtATimeOptions {
  readonly monotonicMs: () => number;
  readonly sources: SourceAddresses;
  readonly flood: FloodWatch;
}

export class OneAtATime {
  readonly #options: OneAtATimeOptions;
  readonly #busy = new WeakSet<Socket>();
  readonly #pipeliners: Pipeliners;

  constructor(options: OneAtATimeOptions) {
    this.#options = options;
    this.#pipeliners = new Pipeliners(options.monotonicMs);
  }

  follow(server: Server): void {
    server.on('secureConnection', (socket) => {
      if (this.#pipeliners.has(this.#sourceOf(socket))) drop(socket);
    });
  }

  /** A request that comes before the previous one is answered ends the connection without an answer. */
  guard(listener: RequestListener): RequestListener {
    return (request, response) => {
      const { socket } = request;
      if (socket.destroyed) return;
      if (this.#busy.has(socket)) {
        const source = this.#sourceOf(socket);
        this.#options.flood.count('pipelining', source);
        this.#pipeliners.add(source);
        drop(socket);
        return;
      }
      this.#busy.add(socket);
      response.once('close', () => this.#busy.delete(socket));
      const objection = findBodyObjection(request);
      if (objection !== undefined) endAfter(socket, response, objection);
      else listener(request, response);
    };
  }

  #sourceOf(socket: Socket): string {
    return networkOf(this.#options.sources.of(socket) ?? 'unknown');
  }
}
