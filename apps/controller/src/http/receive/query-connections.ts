// Watches the connections over which agents send their blocking queries. When an agent dies between two
// queries, its connection ends, and that frees its place. Otherwise the agent that is started next would be
// refused, perhaps until its keys for the next epoch come too late.
//
// A machine that was copied while its agent ran has the agent's instance id in both copies, so it is not
// refused as a second agent. But the two take the query from each other: a connection asks again while a
// query of another one is open that took its own over. An agent alone never does that, because it ends the
// connection of a query that it gives up.

import type { Socket } from 'node:net';
import type { NodeId } from '@mesh/primitives';
import type { Waiters } from '../../publish/waiters.ts';

interface LastQuery {
  readonly socket: Socket;
  /** The connection whose open query this one took over. */
  readonly tookFrom: Socket | undefined;
}

export class QueryConnections {
  readonly #waiters: Waiters;
  readonly #followed = new WeakSet<Socket>();
  /** Each node's last query. The end of an earlier connection means nothing. */
  readonly #last = new Map<NodeId, LastQuery>();

  constructor(waiters: Waiters) {
    this.#waiters = waiters;
  }

  /**
   * Call it before the query waits.
   *
   * @returns whether two processes of one instance take the query from each other
   */
  follow(socket: Socket, nodeId: NodeId, instanceId: string | undefined): boolean {
    const last = this.#last.get(nodeId);
    const takesOver = last !== undefined && last.socket !== socket && this.#waiters.isOpen(nodeId);
    this.#last.set(nodeId, { socket, tookFrom: takesOver ? last.socket : undefined });
    if (!this.#followed.has(socket)) {
      this.#followed.add(socket);
      socket.once('close', () => {
        if (this.#last.get(nodeId)?.socket !== socket) return;
        this.#last.delete(nodeId);
        this.#waiters.noteGone(nodeId, instanceId);
      });
    }
    return takesOver && last.tookFrom === socket && !last.socket.destroyed;
  }
}
