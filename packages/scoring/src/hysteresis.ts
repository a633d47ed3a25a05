// What a node needs to come back after a denial: a higher score and several good results in a row, so that a
// node at the edge does not flap in and out of the mesh. Leaving the warning band takes several results above
// it.

import { type Bar, barOf, canDeclineBy } from './bar.ts';
import { type Benchmark, DEFAULT_CLASS, type Evidence } from './evidence.ts';
import { findDecline, findShortfall, findUndecided, findUnusable } from './judge-benchmark.ts';
import type { Policy } from './policy.ts';
import type { Reason } from './reason.ts';
import { findDrift } from './signals/find-drift.ts';
import { hasUsableTimes, staleAtMs } from './stale-at.ts';

export type StreakEvent =
  /** A benchmark was accepted; `previous` is the one that it replaces as the newest. */
  | { readonly kind: 'benchmark'; readonly benchmark: Benchmark; readonly previous?: Benchmark | undefined }
  /** The node was denied, for whatever reason; earlier results no longer count. */
  | { readonly kind: 'denied' };

/** Results in a row, and the times of the last counted one: the next must keep its distance from both. */
export interface Streak {
  readonly count: number;
  /** Its `measuredAtMs`; null while nothing is counted, and for counts from before these times were kept. */
  readonly countedMeasuredAtMs: number | null;
  /** Its `arrivedAtMs`; null in the same cases. */
  readonly countedArrivedAtMs: number | null;
}

/** The start of every streak. */
export const NO_STREAK: Streak = Object.freeze({
  count: 0,
  countedMeasuredAtMs: null,
  countedArrivedAtMs: null,
});

/**
 * The pure fold behind `Evidence.consecutiveGood`. A good result is one whose scores would bring a denied
 * node back; any other result, and every denial, resets the count to 0. Results that are further apart than a
 * benchmark stays fresh are not in a row: the later one counts as the first.
 *
 * A good result adds to the count only if it was measured and arrived at least `minResultGapMs` after the
 * last counted one. One measurement counts once even if the gap is 0. A good result that comes too early
 * leaves the count as it is, and keeps the streak unbroken.
 */
export function nextStreak(
  policy: Policy,
  streak: Streak,
  event: StreakEvent,
  className: string = DEFAULT_CLASS,
): Streak {
  return countOn(policy, streak, event, (benchmark) => isGoodResult(policy, benchmark, className));
}

/**
 * The pure fold behind `Evidence.consecutiveClear`, counted like {@link nextStreak}. A clear result is one
 * that would leave a node in good standing; one within the warning band resets the count to 0.
 */
export function nextClearStreak(
  policy: Policy,
  streak: Streak,
  event: StreakEvent,
  className: string = DEFAULT_CLASS,
): Streak {
  return countOn(policy, streak, event, (benchmark) => isClearResult(policy, benchmark, className));
}

function countOn(
  policy: Policy,
  streak: Streak,
  event: StreakEvent,
  isWanted: (benchmark: Benchmark) => boolean,
): Streak {
  if (event.kind === 'denied' || !isWanted(event.benchmark)) return NO_STREAK;
  const { benchmark, previous } = event;
  // The newest result decides whether results are in a row; the last counted one decides whether this one
  // counts.
  const unbroken = previous !== undefined && benchmark.arrivedAtMs < staleAtMs(policy, previous);
  const hasCount = Number.isSafeInteger(streak.count) && streak.count > 0;
  if (!unbroken || !hasCount || clockWentBack(policy, streak, benchmark)) return countedWith(1, benchmark);
  if (isTooEarly(policy, streak, benchmark)) return streak;
  return countedWith(Math.min(streak.count + 1, MAX_STREAK), benchmark);
}

function countedWith(count: number, { measuredAtMs, arrivedAtMs }: Benchmark): Streak {
  return { count, countedMeasuredAtMs: measuredAtMs, countedArrivedAtMs: arrivedAtMs };
}

/**
 * Whether the judge's clock was set back since the last counted result: nothing would count until it caught
 * up.
 */
function clockWentBack(policy: Policy, { countedArrivedAtMs }: Streak, benchmark: Benchmark): boolean {
  return countedArrivedAtMs !== null && countedArrivedAtMs - benchmark.arrivedAtMs > policy.futureToleranceMs;
}

function isTooEarly(
  policy: Policy,
  { countedMeasuredAtMs, countedArrivedAtMs }: Omit<Streak, 'count'>,
  benchmark: Benchmark,
): boolean {
  // A time that was not kept is far enough back.
  return !keepsGap(
    policy,
    countedMeasuredAtMs ?? Number.NEGATIVE_INFINITY,
    countedArrivedAtMs ?? Number.NEGATIVE_INFINITY,
    benchmark,
  );
}

/** Whether a result keeps its distance from the last counted one, whose times are known. */
export function keepsGap(
  { minResultGapMs }: Policy,
  countedMeasuredAtMs: number,
  countedArrivedAtMs: number,
  { measuredAtMs, arrivedAtMs }: Benchmark,
): boolean {
  return (
    measuredAtMs - countedMeasuredAtMs >= Math.max(1, minResultGapMs) &&
    arrivedAtMs - countedArrivedAtMs >= minResultGapMs
  );
}

/** Far above any policy's requirement, far below where adding one would fail. */
const MAX_STREAK = 1_000_000;

/** Why a node whose newest benchmark passes is still kept out; `undefined` if it is not. */
export function findReadmissionGap(policy: Policy, evidence: Evidence, overall: number): Reason | undefined {
  if (evidence.membership !== 'denied') return undefined;
  const { threshold, consecutiveGood: required } = policy.readmission;
  if (threshold !== undefined && !(overall >= threshold)) {
    return { code: 'readmission_threshold', overall, threshold };
  }
  // The newest benchmark has just passed, so it is a good result even if nobody has counted it.
  const consecutiveGood = Math.max(1, evidence.consecutiveGood ?? 0);
  if (consecutiveGood >= required) return undefined;
  const { minResultGapMs } = policy;
  return { code: 'readmission_streak', consecutiveGood, required, minResultGapMs };
}

/**
 * Why a node whose newest benchmark is clear is still declining, or declining again after a denial;
 * `undefined` if it is not.
 */
export function findRecoveryGap(policy: Policy, bar: Bar, evidence: Evidence): Reason | undefined {
  if (evidence.declining !== true) return undefined;
  if (!canDeclineBy(policy, bar)) return undefined;
  const required = policy.declining.consecutiveClear;
  const consecutiveClear = Math.max(1, evidence.consecutiveClear ?? 0);
  if (consecutiveClear >= required) return undefined;
  const { minResultGapMs } = policy;
  return { code: 'declining_streak', consecutiveClear, required, minResultGapMs };
}

function isGoodResult(policy: Policy, benchmark: Benchmark, className: string): boolean {
  const bar = barOf(policy, className);
  if (bar === undefined || !isPassingResult(policy, bar, benchmark)) return false;
  const { threshold } = policy.readmission;
  return threshold === undefined || (benchmark.scores.overall ?? Number.NaN) >= threshold;
}

function isClearResult(policy: Policy, benchmark: Benchmark, className: string): boolean {
  const bar = barOf(policy, className);
  if (bar === undefined || !isPassingResult(policy, bar, benchmark)) return false;
  return (
    (findUndecided(policy, bar, benchmark) ?? findDecline(bar, benchmark)) === undefined &&
    findDrift(policy, benchmark.drift, 'declining') === undefined
  );
}

/** Whether a benchmark passed when it arrived, without any doubt in its favour. */
function isPassingResult(policy: Policy, bar: Bar, benchmark: Benchmark): boolean {
  if (!hasUsableTimes(benchmark)) return false;
  if (benchmark.measuredAtMs > benchmark.arrivedAtMs + policy.futureToleranceMs) return false;
  if (benchmark.arrivedAtMs >= staleAtMs(policy, benchmark)) return false;
  return (findUnusable(policy, bar, benchmark) ?? findShortfall(policy, bar, benchmark, true)) === undefined;
}
