// When each node was last heard of. This is kept in memory only: a restart forgets it, and no decision rests on it.

export class Presence {
  readonly #lastSeenMs = new Map<string, number>();

  see(nodeId: string, nowMs: number): void {
    this.#lastSeenMs.set(nodeId, nowMs);
  }

  lastSeenMs(nodeId: string): number | undefined {
    return this.#lastSeenMs.get(nodeId);
  }
}
