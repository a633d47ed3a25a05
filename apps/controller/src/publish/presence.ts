// When each node was last heard of. This is kept in memory only: a restart forgets it, and no decision rests
// on it.

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
