// The connections of one identity, and the requests under way on them.

import type { ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Timers } from '@mesh/host';
import type { Problem } from '@mesh/protocol';
import { drop, endAfter } from './end-after.ts';

/** An agent has two, and those of an earlier run that nobody has missed yet. */
const MAX_CONNECTIONS = 8;
/** How long a revoked node's connection is kept for the answer that tells it so. */
const END_WITHIN_MS = 1_000;

interface Connection {
  inFlight: number;
  /** It gets no further answer than those that are under way. */
  isEnding: boolean;
}

export class MemberConnections {
  /** Oldest first. */
  readonly #open = new Map<TLSSocket, Connection>();
  #inFlight = 0;

  /** Requests under way, over all connections. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** One connection too many ends the oldest idle one. Where none is idle it is ended itself. */
  add(socket: TLSSocket): void {
    if (this.#open.size >= MAX_CONNECTIONS) {
      const idle = [...this.#open].find(([, { inFlight }]) => inFlight === 0)?.[0];
      if (idle === undefined) {
        socket.destroy();
        return;
      }
      this.#open.delete(idle);
      idle.destroy();
    }
    this.#open.set(socket, { inFlight: 0, isEnding: false });
    socket.once('close', () => this.#open.delete(socket));
  }

  /** Whether nothing that comes over this connection counts any more. */
  isEnding(socket: TLSSocket): boolean {
    return this.#open.get(socket)?.isEnding !== false;
  }

  /** Counts a request until its answer is out or its connection gone. */
  follow(socket: TLSSocket, response: ServerResponse): void {
    const connection = this.#open.get(socket);
    if (connection === undefined) return;
    connection.inFlight += 1;
    this.#inFlight += 1;
    response.once('close', () => {
      connection.inFlight -= 1;
      this.#inFlight -= 1;
      if (connection.isEnding && connection.inFlight === 0) socket.destroySoon();
    });
  }

  /**
   * The last answer of a connection. Where an earlier one is still to come, there is none: it would wait for that.
   *
   * @returns whether there is one
   */
  endWith(
    socket: TLSSocket,
    response: ServerResponse,
    details: Problem,
    headers?: Readonly<Record<string, number>>,
  ): boolean {
    const connection = this.#open.get(socket);
    if (connection === undefined || connection.inFlight > 0) {
      drop(socket);
      return false;
    }
    connection.isEnding = true;
    endAfter(socket, response, details, headers);
    return true;
  }

  /** Ends all of them now, whatever is under way. */
  endAtOnce(): void {
    for (const socket of this.#open.keys()) drop(socket);
  }

  /** Ends all: idle ones now, the others after their answers or a second, whichever comes first. */
  end(timers: Timers): void {
    const busy: TLSSocket[] = [];
    for (const [socket, connection] of this.#open) {
      connection.isEnding = true;
      if (connection.inFlight === 0) socket.destroy();
      else busy.push(socket);
    }
    if (busy.length === 0) return;
    timers.setTimer(
      END_WITHIN_MS,
      () => {
        for (const socket of busy) socket.destroy();
      },
      { background: true },
    );
  }
}
