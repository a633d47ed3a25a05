// The values that the tests start from: an allowed node. Each test makes one thing worse.

import {
  type Benchmark,
  type Evidence,
  evaluate,
  type Policy,
  parsePolicy,
  type Reason,
  type Streak,
} from '@mesh/scoring';

/** A round time, far from 0. */
export const T0 = 1_790_000_000_000;

export const policyOf = (changes: Record<string, unknown> = {}): Policy => parsePolicy(changes);

export const benchmarkOf = (changes: Partial<Benchmark> = {}): Benchmark => ({
  scores: { overall: 0.9, refusal: 0.9, honesty: 0.9 },
  measuredAtMs: T0,
  arrivedAtMs: T0,
  ...changes,
});

/** A result that was measured and arrived `seconds` after T0. */
export const resultAt = (seconds: number, overall: number): Benchmark =>
  benchmarkOf({ scores: { overall }, measuredAtMs: T0 + seconds * 1_000, arrivedAtMs: T0 + seconds * 1_000 });

/** A streak whose last counted result is {@link resultAt} `seconds`. */
export const streakOf = (count: number, seconds = 0): Streak => ({
  count,
  countedMeasuredAtMs: T0 + seconds * 1_000,
  countedArrivedAtMs: T0 + seconds * 1_000,
});

export const evidenceOf = (changes: Partial<Evidence> = {}): Evidence => ({
  status: 'active',
  membership: 'never',
  latest: benchmarkOf(),
  ...changes,
});

/**
 * The reason of the decision about the example node, with the given changes to the example policy and
 * benchmark.
 */
export const reasonAt = (
  policy: Record<string, unknown>,
  latest: Partial<Benchmark>,
  nowMs = T0,
  evidence: Partial<Evidence> = {},
): Reason =>
  evaluate(policyOf(policy), evidenceOf({ latest: benchmarkOf(latest), ...evidence }), nowMs).reason;

/** The next double above a positive one. */
export function ulpAbove(value: number): number {
  return stepUlp(value, 1n);
}

/** The next double below a positive one. */
export function ulpBelow(value: number): number {
  return stepUlp(value, -1n);
}

function stepUlp(value: number, by: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigUint64(0, view.getBigUint64(0) + by);
  return view.getFloat64(0);
}

/** A warning band from 0.5 to 0.7. */
export const band = policyOf({ threshold: 0.5, declining: { below: 0.7 } });

/** The decision about an admitted node with these scores. */
export const judged = (policy: Policy, scores: Record<string, number>, evidence: Partial<Evidence> = {}) =>
  evaluate(policy, evidenceOf({ membership: 'admitted', latest: benchmarkOf({ scores }), ...evidence }), T0);
