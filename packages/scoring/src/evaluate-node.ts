// The decision about one node: policy, evidence and time in; allowed or denied out, with the reason.

import { defined } from '@mesh/primitives';
import { barOf } from './bar.ts';
import { type Benchmark, DEFAULT_CLASS, type Evidence } from './evidence.ts';
import { findExamReason } from './exams/find-exam.ts';
import { findAlarm } from './find-alarm.ts';
import { findReadmissionGap, findRecoveryGap } from './hysteresis.ts';
import { findDecline, findShortfall, findUndecided, findUnusable } from './judge-benchmark.ts';
import { intervalOf } from './judge-score.ts';
import type { Policy } from './policy.ts';
import type { ProbationReason, Reason } from './reason.ts';
import { ScoringError } from './scoring-error.ts';
import { findDriftReason } from './signals/find-drift.ts';
import { benchmarkAgeMs, hasUsableTimes } from './stale-at.ts';

export interface Decision {
  /** Whether the node may be in: its standing is not `denied`. */
  readonly allowed: boolean;
  /**
   * `declining`: in, but below what the policy asks of a node in good standing. The caller decides what that
   * costs.
   */
  readonly standing: 'good' | 'declining' | 'denied';
  /** The class by which the node was judged. */
  readonly class: string;
  readonly reason: Reason;
  /** The signal, or the exam, that puts an allowed node on probation; absent if none does. */
  readonly probation?: ProbationReason;
}

/**
 * Judges a node. If several things are wrong, the reason is the first in this order:
 *
 * `revoked`, `pending`, `quarantined`, `unknown_class`, `no_benchmark`, `unscored` (times), `from_future`,
 * `not_measured_by`, `unscored`, `stale`, `too_few_samples`, `below_threshold`, `below_floor`,
 * `sequential_alarm`, `exam_failed`, `exam_gap`, `exam_missing`, `readmission_threshold`,
 * `readmission_streak`, `unreachable`.
 *
 * For a node that is out, `sequential_alarm` comes before `too_few_samples`: one that the alarm denied is
 * below its limits by points too.
 *
 * For an allowed node it is the first of `undecided`, `declining`, `drift`, `exam_gap`, `declining_streak`,
 * `staleness_waived`, `ok`.
 *
 * @param nowMs milliseconds since the Unix epoch, by the clock that stamped `arrivedAtMs`
 * @throws ScoringError `invalid_time` if `nowMs` is not a whole number of milliseconds
 */
export function evaluate(policy: Policy, evidence: Evidence, nowMs: number): Decision {
  return judge(policy, evidence, nowMs, false);
}

/**
 * Like {@link evaluate}, but the judge's own clock does not deny an admitted node: neither for a benchmark
 * that is stale now nor for one that arrived after now. It is meant for the interval after a start or a clock
 * jump, in which nodes could not have reported. It waives nothing else.
 */
export function evaluateWaivingStaleness(policy: Policy, evidence: Evidence, nowMs: number): Decision {
  return judge(policy, evidence, nowMs, evidence.membership === 'admitted');
}

function judge(policy: Policy, evidence: Evidence, nowMs: number, waiveStaleness: boolean): Decision {
  if (!Number.isSafeInteger(nowMs)) {
    throw new ScoringError('invalid_time', `nowMs is ${nowMs}: pass whole milliseconds since the Unix epoch`);
  }
  const className = evidence.className ?? DEFAULT_CLASS;
  const deny = (reason: Reason): Decision => ({
    allowed: false,
    standing: 'denied',
    class: className,
    reason,
  });

  const decided = findStatusFault(evidence);
  if (decided !== undefined) return deny(decided);
  const bar = barOf(policy, className);
  if (bar === undefined) return deny({ code: 'unknown_class', className });
  const { latest } = evidence;
  if (latest === undefined || latest === null) return deny({ code: 'no_benchmark' });

  const unusable = findTimeFault(policy, latest, nowMs, waiveStaleness) ?? findUnusable(policy, bar, latest);
  if (unusable !== undefined) return deny(unusable);
  const ageMs = benchmarkAgeMs(latest, nowMs);
  const fresh = ageMs <= policy.maxBenchmarkAgeMs;
  if (!fresh && !waiveStaleness) return deny({ code: 'stale', ageMs, maxAgeMs: policy.maxBenchmarkAgeMs });

  const overall = latest.scores.overall ?? Number.NaN;
  const isOut = evidence.membership === 'denied';
  const shortfall = findShortfall(policy, bar, latest, isOut);
  const alarm = findAlarm(policy, bar, evidence);
  const exams = (action: 'deny' | 'probation' | 'declining') =>
    findExamReason(policy, bar, evidence, nowMs, waiveStaleness, action);
  const short =
    (isOut ? (alarm ?? shortfall) : (shortfall ?? alarm)) ??
    exams('deny') ??
    findReadmissionGap(policy, evidence, overall) ??
    findUnreachable(policy, evidence, nowMs);
  if (short !== undefined) return deny(short);
  const speaks = findDriftReason(policy, latest.drift, 'probation') ?? exams('probation');
  const probation = speaks === undefined ? undefined : { probation: speaks };
  const decline =
    findUndecided(policy, bar, latest) ??
    findDecline(bar, latest) ??
    findDriftReason(policy, latest.drift, 'declining') ??
    exams('declining') ??
    findRecoveryGap(policy, bar, evidence);
  if (decline !== undefined)
    return { allowed: true, standing: 'declining', class: className, reason: decline, ...probation };
  const reason: Reason = fresh
    ? {
        code: 'ok',
        overall,
        threshold: bar.threshold,
        ...(policy.decision && defined({ interval: intervalOf(policy, latest, 'overall') })),
      }
    : { code: 'staleness_waived', ageMs, maxAgeMs: policy.maxBenchmarkAgeMs };
  return { allowed: true, standing: 'good', class: className, reason, ...probation };
}

/** Why the node is out whatever it has measured; `undefined` for an active one. */
export function findStatusFault({ status }: Pick<Evidence, 'status'>): Reason | undefined {
  if (status === 'active') return undefined;
  // Anything but "active" is out: an unknown status is treated as a quarantine.
  return { code: status === 'revoked' || status === 'pending' ? status : 'quarantined' };
}

/** What is wrong with the times of a benchmark, its age apart; `undefined` if nothing is. */
export function findTimeFault(
  policy: Policy,
  latest: Benchmark,
  nowMs: number,
  waiveStaleness: boolean,
): Reason | undefined {
  if (!hasUsableTimes(latest)) {
    const metric = Number.isSafeInteger(latest.measuredAtMs) ? 'arrivedAtMs' : 'measuredAtMs';
    return { code: 'unscored', metric, fault: 'not_a_number' };
  }
  const { measuredAtMs, arrivedAtMs } = latest;
  const clockWentBack = waiveStaleness ? undefined : findFuture(policy, arrivedAtMs - nowMs, 'now');
  return findFuture(policy, measuredAtMs - arrivedAtMs, 'arrival') ?? clockWentBack;
}

/** Why a tunnel that fails keeps the node out; `undefined` if none does. */
export function findUnreachable(
  { unreachableAfterMs: limitMs }: Policy,
  { unreachableSinceMs: sinceMs }: Evidence,
  nowMs: number,
): Reason | undefined {
  if (limitMs === undefined || sinceMs === undefined) return undefined;
  // If the clock was set back, the tunnel has been failing for less time by this clock, but it still fails.
  return { code: 'unreachable', failingMs: Math.max(limitMs, nowMs - sinceMs), limitMs };
}

function findFuture(policy: Policy, aheadMs: number, against: 'arrival' | 'now'): Reason | undefined {
  if (aheadMs <= policy.futureToleranceMs) return undefined;
  return { code: 'from_future', against, aheadMs, toleranceMs: policy.futureToleranceMs };
}
