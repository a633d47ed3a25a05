// How long to wait before the next try. Pure: exponential with full jitter, so that a fleet whose controller comes
// back does not knock at one instant.

export interface BackoffLimits {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * @param failures how many tries in a row have failed, from 1
 * @param random 0 ≤ random < 1
 * @param retryAfterSeconds what the controller asked for: never less than that, plus up to a fifth
 */
export function backoffMs(
  failures: number,
  random: number,
  { firstMs, maxMs }: BackoffLimits,
  retryAfterSeconds?: number,
): number {
  if (retryAfterSeconds !== undefined && retryAfterSeconds >= 0) {
    return Math.round(retryAfterSeconds * 1_000 * (1 + random / 5));
  }
  const ceilingMs = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(ceilingMs / 2 + (ceilingMs / 2) * random);
}
