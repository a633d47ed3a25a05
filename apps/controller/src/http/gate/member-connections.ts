// The connections of one identity, and the unanswered requests on them.

import type { ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Timers } from '@mesh/host';
import type { Problem } from '@mesh/protocol';
import { drop, endAfter } from './end-connection.ts';

/** An agent has two. Connections of its earlier run may still be open. */
const MAX_CONNECTIONS = 8;
/** How long the connection of a revoked node stays open for the answer that reports the revocation. */
const END_WITHIN_MS = 1_000;

interface Connection {
  inFlight: number;
  /** Whether only outstanding answers are still sent over it. */
  isEnding: boolean;
}

export class MemberConnections {
  /** Oldest first. */
  readonly #open = new Map<TLSSocket, Connection>();
  #inFlight = 0;

  /** The unanswered requests of all connections. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Adds a connection. If there are too many, the oldest idle one is ended, or the new one if no other is
   * idle.
   */
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

  /** Whether the connection is ending or gone. Requests that arrive over it then are ignored. */
  isEnding(socket: TLSSocket): boolean {
    return this.#open.get(socket)?.isEnding !== false;
  }

  /** Counts a request until its answer was sent or its connection is gone. */
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
   * Sends the last answer of a connection. If an earlier answer is outstanding, this one would have to wait
   * for it, so the connection is ended without an answer.
   *
   * @returns whether the answer was sent
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

  /** Ends all connections now, even if answers are outstanding. */
  endAtOnce(): void {
    for (const socket of this.#open.keys()) drop(socket);
  }

  /**
   * Ends all connections: idle ones now, the others after their answers or after a second, whichever comes
   * first.
   */
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
