// The pure fold behind `Evidence.watch`.

import { barOf } from './bar.ts';
import { type Benchmark, DEFAULT_CLASS } from './evidence.ts';
import { counts } from './judge-benchmark.ts';
import type { Policy } from './policy.ts';
import type { Watch } from './watch.ts';
import { WatchFold } from './watch-fold.ts';

/**
 * What is remembered after one more result. A result that a policy cannot use, one on too few samples and one
 * that comes earlier than `minResultGapMs` after the last counted one change nothing: neither adds to the
 * evidence, and neither dilutes it.
 *
 * @returns undefined if the policy has no alarm
 */
export function nextWatch(
  policy: Policy,
  watch: Watch | undefined,
  benchmark: Benchmark,
  className: string = DEFAULT_CLASS,
): Watch | undefined {
  const { alarm } = policy;
  const bar = barOf(policy, className);
  if (alarm === undefined) return undefined;
  if (bar === undefined || !counts(policy, bar, benchmark)) return watch;
  const fold = new WatchFold(policy, alarm, watch);
  return fold.take(bar, benchmark) ? fold.watch() : watch;
}
