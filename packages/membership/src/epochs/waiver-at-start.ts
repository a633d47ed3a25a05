// How long a start may spare nodes from staleness. A start gets an interval, since nodes could not have reported while
// the controller was away; starts in a row that each end before their interval is over share two. Else a controller that
// is crashed again and again would never deny anybody. All of it is read from the log, which outlives a crash.

export interface LifeSign {
  readonly atMs: number;
  /** Whether a process began with this entry. */
  readonly isStart: boolean;
}

/** Of intervals: what a row of starts may spare nodes for, and the silence after which a start begins a new row. */
const ROW = 2;

/**
 * @param newestFirst the log as earlier processes left it; read no further than needed
 * @returns for how long from `nowMs` the waiver holds
 */
export function waivedAtStartMs(newestFirst: Iterable<LifeSign>, nowMs: number, intervalMs: number): number {
  let beganMs = nowMs;
  let lastSignMs: number | undefined;
  for (const { atMs, isStart } of newestFirst) {
    if (lastSignMs === undefined) {
      // Silent for so long, it was away for an interval, or had lived through its own.
      if (beganMs - atMs > ROW * intervalMs) break;
      lastSignMs = atMs;
    }
    // It lived through its interval: nobody was spared at its end.
    if (lastSignMs - atMs >= intervalMs) break;
    if (!isStart) continue;
    beganMs = atMs;
    lastSignMs = undefined;
    if (nowMs - beganMs >= ROW * intervalMs) break;
  }
  return Math.min(intervalMs, Math.max(0, beganMs + ROW * intervalMs - nowMs));
}
