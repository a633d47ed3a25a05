// The connections of one identity, and the requests under way on them.

import type { ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Timers } from '@mesh/host';
import type { Problem } from '@mesh/protocol';
import { drop, endAfter } from './end-after.ts';

/** An agent has two. Those of an earlier run of it may still be open. */
const MAX_CONNECTIONS = 8;
/** How long a revoked node's connection is kept for the answer that tells it so. */
const END_WITHIN_MS = 1_000;

interface Connection {
  inFlight: number;
  /** Only the answers that are under way are still sent over it. */
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

  /** A connection too many ends the oldest idle one. Where no other is idle, the new one is ended. */
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

  /** Whether the connection is ending or gone, so that nothing more that comes over it counts. */
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
   * Gives a connection its last answer. Where an earlier answer is outstanding this one would have to wait
   * for it, so the connection is ended without an answer.
   *
   * @returns whether the answer is sent
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
