// The age of a benchmark, and the instant at which it turns stale.

import type { Benchmark } from './evidence.ts';
import type { Policy } from './policy.ts';

/**
 * Age counts from the earlier of measurement and arrival: a node's clock that is ahead, or a flattering
 * timestamp, can make a benchmark older but never younger.
 */
export function benchmarkAgeMs(latest: Benchmark, nowMs: number): number {
  return nowMs - Math.min(latest.measuredAtMs, latest.arrivedAtMs);
}

/**
 * The first millisecond at which a benchmark is stale. At `maxBenchmarkAgeMs` it is still fresh; one
 * millisecond later it is not. A benchmark whose times are not whole milliseconds can never be used, so it
 * was always stale: `-Infinity`.
 */
export function staleAtMs(policy: Pick<Policy, 'maxBenchmarkAgeMs'>, latest: Benchmark): number {
  if (!hasUsableTimes(latest)) return Number.NEGATIVE_INFINITY;
  return Math.min(latest.measuredAtMs, latest.arrivedAtMs) + policy.maxBenchmarkAgeMs + 1;
}

export function hasUsableTimes(latest: Benchmark): boolean {
  return Number.isSafeInteger(latest.measuredAtMs) && Number.isSafeInteger(latest.arrivedAtMs);
}
