// How long after a start nobody is denied for staleness. A start gets one interval, because nodes could not
// report while the controller was away. Starts in a row, each of which ended before its interval was over,
// share two intervals. Otherwise a controller that is crashed again and again would never deny anybody. All
// of this is read from the log, which outlives a crash.

export interface LifeSign {
  readonly atMs: number;
  /** Whether a process began with this entry. */
  readonly isStart: boolean;
}

/** How many intervals a row of starts shares, and after how many silent ones a start begins a new row. */
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
      // After so long a silence the controller was away for an interval, or had lived through its own.
      if (beganMs - atMs > ROW * intervalMs) break;
      lastSignMs = atMs;
    }
    // That process lived through its interval: at its end nobody was spared any more.
    if (lastSignMs - atMs >= intervalMs) break;
    if (!isStart) continue;
    beganMs = atMs;
    lastSignMs = undefined;
    if (nowMs - beganMs >= ROW * intervalMs) break;
  }
  return Math.min(intervalMs, Math.max(0, beganMs + ROW * intervalMs - nowMs));
}
