// The connections that agents send their blocking queries over. An agent that dies between two queries closes
// its connection, and gives its place up with that. Otherwise its successor would be refused, for longer than
// a lead may have left.

import type { Socket } from 'node:net';
import type { NodeId } from '@mesh/primitives';
import type { Waiters } from '../../publish/waiters.ts';

export class QueryConnections {
  readonly #waiters: Waiters;
  readonly #followed = new WeakSet<Socket>();
  /** The connection that each node asked over last. The end of an earlier one says nothing. */
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
