// Watches the connections over which agents send their blocking queries. When an agent dies between two
// queries, its connection ends, and that frees its place. Otherwise the agent that is started next would be
// refused, perhaps until its keys for the next epoch come too late.

import type { Socket } from 'node:net';
import type { NodeId } from '@mesh/primitives';
import type { Waiters } from '../../publish/waiters.ts';

export class QueryConnections {
  readonly #waiters: Waiters;
  readonly #followed = new WeakSet<Socket>();
  /** The connection of each node's last query. The end of an earlier connection means nothing. */
  readonly #last = new Map<NodeId, Socket>();

  constructor(waiters: Waiters) {
    this.#waiters = waiters;
  }

  follow(socket: Socket, nodeId: NodeId, instanceId: string | undefined): void {
    this.#last.set(nodeId, socket);
    if (this.#followed.has(socket)) return;
    this.#followed.add(socket);
    socket.once('close', () => {
      if (this.#last.get(nodeId) !== socket) return;
      this.#last.delete(nodeId);
      this.#waiters.noteGone(nodeId, instanceId);
    });
  }
}
