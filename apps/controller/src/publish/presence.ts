// When each node was last heard of. Kept in memory only: a restart forgets it, and nothing is decided by it.

import type { NodeId } from '@mesh/primitives';

export class Presence {
  readonly #lastSeenMs = new Map<NodeId, number>();

  see(nodeId: NodeId, nowMs: number): void {
    this.#lastSeenMs.set(nodeId, nowMs);
  }

  lastSeenMs(nodeId: NodeId): number | undefined {
    return this.#lastSeenMs.get(nodeId);
  }
}
