// The pure fold behind `Benchmark.drift`.

import { barOf } from '../bar.ts';
import { type Benchmark, DEFAULT_CLASS } from '../evidence.ts';
import { counts, findShortfall } from '../judge-benchmark.ts';
import type { Policy } from '../policy.ts';
import type { Drift } from './drift.ts';
import { DriftFold } from './drift-fold.ts';

/**
 * What is remembered after one more result. A result that the policy cannot use, one on too few samples and
 * one that comes earlier than `minResultGapMs` after the last counted one change nothing.
 *
 * @param drift what was remembered with the node's result before
 * @returns undefined if the policy has no drift signals
 */
export function nextDrift(
  policy: Policy,
  drift: Drift | undefined,
  benchmark: Benchmark,
  className: string = DEFAULT_CLASS,
): Drift | undefined {
  const { drift: rule } = policy;
  if (rule === undefined) return undefined;
  const bar = barOf(policy, className);
  if (bar === undefined || !counts(policy, bar, benchmark)) return drift;
  const fold = new DriftFold(policy, rule, drift);
  const fallsShort =
    rule.reputation !== undefined && findShortfall(policy, bar, benchmark, false) !== undefined;
  return fold.take(bar, benchmark, fallsShort) ? fold.drift() : drift;
}
