// Computes how long to wait before the next try. Pure. The wait grows exponentially, and half of it is
// random, so that the nodes of a mesh do not all ask at once when their controller comes back.

export interface BackoffLimits {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * @param failures how many tries in a row have failed, from 1
 * @param random 0 ≤ random < 1
 * @param retryAfterSeconds the wait that the controller asked for; the result is at least that and at most a
 *   fifth longer
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
