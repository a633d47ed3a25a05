// When what happened to all nodes of a replay at once.

/** The boundaries so far and the restarts, which all nodes of a replay share. */
export interface ReplayTimes {
  /** Ascending. */
  readonly boundariesMs: readonly number[];
  /** The instant at which a benchmark that is stale at `dueMs` denies its node, restarts considered. */
  deniesAtMs(dueMs: number): number;
}
