// When each node last sent a request. It is kept in memory only and lost at a restart, and no decision
// depends on it.

import type { NodeId } from '@mesh/primitives';

export class Presence {
  readonly #lastSeenMs = new Map<NodeId, number>();

  see(nodeId: NodeId, nowMs: number): void {
    this.#lastSeenMs.set(nodeId, nowMs);
  }

  /** Call it when the node was deleted: another may get its name. */
  forget(nodeId: NodeId): void {
    this.#lastSeenMs.delete(nodeId);
  }

  lastSeenMs(nodeId: NodeId): number | undefined {
    return this.#lastSeenMs.get(nodeId);
  }
}
