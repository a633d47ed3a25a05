// How long to wait before the next try. Pure: exponential, with half of each wait random, so that a fleet
// does not ask all at once when its controller comes back.

export interface BackoffLimits {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * @param failures how many tries in a row have failed, from 1
 * @param random 0 ≤ random < 1
 * @param retryAfterSeconds what the controller asked for: the wait is that, or up to a fifth longer
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
