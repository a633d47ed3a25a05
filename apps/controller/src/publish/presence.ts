// When each node was last heard of. Kept in memory only: a restart forgets it, and nothing is decided by it.

export class Presence {
  readonly #lastSeenMs = new Map<string, number>();

  see(nodeId: string, nowMs: number): void {
    this.#lastSeenMs.set(nodeId, nowMs);
  }

  lastSeenMs(nodeId: string): number | undefined {
    return this.#lastSeenMs.get(nodeId);
  }
}
