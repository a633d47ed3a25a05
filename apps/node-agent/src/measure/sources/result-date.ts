// When a result file was measured, and whether that is too long ago.

/**
 * Nothing was measured after the file was last changed, whatever the file says.
 *
 * @param statedMs what the file says; undefined if it says nothing
 */
export function dateResult(statedMs: number | undefined, changedAtMs: number): number {
  return statedMs === undefined ? changedAtMs : Math.min(statedMs, changedAtMs);
}

/** @returns why the result is too old; undefined if it is not */
export function findTooOld(measuredAtMs: number, nowMs: number, maxAgeMs: number): string | undefined {
  const ageMs = nowMs - measuredAtMs;
  return ageMs > maxAgeMs
    ? `it was measured ${Math.round(ageMs / 1_000)} s ago, and ${maxAgeMs / 1_000} s are allowed (measure.report.max_age_seconds): run the evaluation again`
    : undefined;
}
