// Why a decision was taken: a closed union that carries the numbers, and one sentence for people for each.

import { describeExamReason } from './exams/describe-exam.ts';
import type { ExamReason } from './exams/exam-reason.ts';
import type { AlarmNumbers } from './find-alarm.ts';
import type { ScoreInterval } from './judge-score.ts';
import { describeDrift } from './signals/describe-drift.ts';
import type { DriftNumbers } from './signals/find-drift.ts';
import { describeInterval, printableName, scores } from './words.ts';

/** What was wrong with a score that could not be used. */
export type ScoreFault = 'not_an_object' | 'missing' | 'not_a_number' | 'not_finite' | 'out_of_range';

/** A drift signal speaks: the node is worse than it usually is, and `action` is what that leads to. */
export type DriftReason = {
  readonly code: 'drift';
  readonly action: 'declining' | 'probation';
} & DriftNumbers;

/** Why an allowed node is put on probation. */
export type ProbationReason = DriftReason | ExamReason;

export type Reason =
  // allowed
  | {
      readonly code: 'ok';
      readonly overall: number;
      readonly threshold: number;
      readonly interval?: ScoreInterval;
    }
  | { readonly code: 'staleness_waived'; readonly ageMs: number; readonly maxAgeMs: number }
  // allowed, and declining: the limit lies within the interval of a score
  | {
      readonly code: 'undecided';
      readonly metric: string;
      readonly score: number;
      readonly limit: number;
      readonly interval: ScoreInterval;
    }
  // allowed, and declining: in the warning band, or not out of it for long enough
  | { readonly code: 'declining'; readonly metric: string; readonly score: number; readonly below: number }
  | DriftReason
  // denied, declining or on probation, as `action` says
  | ExamReason
  | {
      readonly code: 'declining_streak';
      readonly consecutiveClear: number;
      readonly required: number;
      readonly minResultGapMs: number;
    }
  // denied, regardless of the scores
  | { readonly code: 'revoked' }
  | { readonly code: 'quarantined' }
  | { readonly code: 'pending' }
  | { readonly code: 'unknown_class'; readonly className: string }
  // denied, because there is nothing usable to judge
  | { readonly code: 'no_benchmark' }
  | {
      readonly code: 'from_future';
      /** `arrival`: measured after it arrived. `now`: arrived after now, so the judge's clock went back. */
      readonly against: 'arrival' | 'now';
      readonly aheadMs: number;
      readonly toleranceMs: number;
    }
  | { readonly code: 'not_measured_by'; readonly measuredBy: string; readonly accepted: readonly string[] }
  | { readonly code: 'unscored'; readonly metric: string; readonly fault: ScoreFault }
  | { readonly code: 'stale'; readonly ageMs: number; readonly maxAgeMs: number }
  | {
      readonly code: 'too_few_samples';
      readonly metric: string;
      readonly samples: number;
      readonly minimum: number;
    }
  // denied, because of the scores
  | {
      readonly code: 'below_threshold';
      readonly overall: number;
      readonly threshold: number;
      /** Its upper end is below the threshold; absent if points were compared. */
      readonly interval?: ScoreInterval;
    }
  | {
      readonly code: 'below_floor';
      readonly metric: string;
      readonly score: number;
      readonly floor: number;
      /** Its upper end is below the floor; absent if points were compared. */
      readonly interval?: ScoreInterval;
    }
  // denied, because the results together show that a score has sunk below its limit
  | ({ readonly code: 'sequential_alarm' } & AlarmNumbers)
  // denied: good enough to stay, but not to come back yet
  | { readonly code: 'readmission_threshold'; readonly overall: number; readonly threshold: number }
  | {
      readonly code: 'readmission_streak';
      readonly consecutiveGood: number;
      readonly required: number;
      readonly minResultGapMs: number;
    }
  // denied, because by its own report nobody can reach it
  | { readonly code: 'unreachable'; readonly failingMs: number; readonly limitMs: number }
  // not allowed yet: an instant decision never admits
  | {
      readonly code: 'waits_for_boundary';
      readonly overall: number;
      readonly threshold: number;
      readonly interval?: ScoreInterval;
    };

export type ReasonCode = Reason['code'];

/** One sentence without a full stop, for a log line, a problem document or an operator. */
export function describeReason(reason: Reason): string {
  switch (reason.code) {
    case 'ok': {
      const { interval } = reason;
      if (interval !== undefined)
        return describeInterval('overall', reason.overall, interval, reason.threshold);
      const [overall, threshold] = scores(reason.overall, reason.threshold);
      return `overall ${overall} meets the policy's threshold of ${threshold}`;
    }
    case 'staleness_waived': {
      const [age, allowed] = seconds(reason.ageMs, reason.maxAgeMs);
      return `the last benchmark is ${age} old; the policy allows ${allowed}, but staleness is waived for now`;
    }
    case 'undecided': {
      const { metric, score, interval, limit } = reason;
      return `${describeInterval(metric, score, interval, limit)}, which lies between them: the node is declining until that is decided`;
    }
    case 'declining': {
      const [score, below] = scores(reason.score, reason.below);
      return `${printableName(reason.metric)} ${score} is enough to stay, but below the ${below} of good standing: the node is declining`;
    }
    case 'drift':
      return `${describeDrift(reason)}: the node is ${reason.action === 'declining' ? 'declining' : 'on probation'}`;
    case 'exam_failed':
    case 'exam_gap':
    case 'exam_missing':
      return describeExamReason(reason);
    case 'declining_streak':
      return `the node is declining until ${reason.required} results in a row${apart(reason.minResultGapMs)} are those of good standing; ${reason.consecutiveClear} so far`;
    case 'revoked':
      return 'the node is revoked';
    case 'quarantined':
      return 'the node is quarantined';
    case 'pending':
      return 'the enrolment waits for the approval of an operator';
    case 'unknown_class':
      return `the policy has no class ${printableName(reason.className)}`;
    case 'no_benchmark':
      return 'no benchmark has been accepted yet';
    case 'from_future': {
      const [ahead, tolerated] = seconds(reason.aheadMs, reason.toleranceMs);
      return reason.against === 'arrival'
        ? `the last benchmark was measured ${ahead} after it arrived; the policy tolerates ${tolerated}`
        : `the last benchmark arrived ${ahead} ahead of the present clock; the policy tolerates ${tolerated}`;
    }
    case 'not_measured_by':
      return `the last benchmark was measured by ${printableName(reason.measuredBy)}; the policy asks for ${reason.accepted.join(' or ')}`;
    case 'unscored':
      return describeFault(reason.metric, reason.fault);
    case 'stale': {
      const [age, allowed] = seconds(reason.ageMs, reason.maxAgeMs);
      return `the last benchmark is ${age} old; the policy allows ${allowed}`;
    }
    case 'too_few_samples':
      return `${printableName(reason.metric)} rests on ${reason.samples === 1 ? '1 sample' : `${reason.samples} samples`}; the policy asks for ${reason.minimum}`;
    case 'below_threshold': {
      const { interval } = reason;
      if (interval !== undefined)
        return describeInterval('overall', reason.overall, interval, reason.threshold);
      const [overall, threshold] = scores(reason.overall, reason.threshold);
      return `overall ${overall} is below the policy's threshold of ${threshold}`;
    }
    case 'below_floor': {
      const { interval } = reason;
      if (interval !== undefined)
        return describeInterval(reason.metric, reason.score, interval, reason.floor);
      const [score, floor] = scores(reason.score, reason.floor);
      return `${printableName(reason.metric)} ${score} is below the policy's floor of ${floor}`;
    }
    case 'sequential_alarm':
      return `${printableName(reason.metric)} is ${reason.mean.toFixed(2)} over ${reason.prompts} prompts: the evidence that it has sunk below ${reason.asked.toFixed(2)} is ${Math.floor(reason.evidence)}, and the policy cuts at ${reason.limit}`;
    case 'readmission_threshold': {
      const [overall, threshold] = scores(reason.overall, reason.threshold);
      return `overall ${overall} is below the ${threshold} that the policy asks for after a denial`;
    }
    case 'readmission_streak':
      return `${reason.consecutiveGood} of the ${reason.required} good results in a row${apart(reason.minResultGapMs)} that the policy asks for after a denial`;
    case 'unreachable': {
      const [failing, allowed] = seconds(reason.failingMs, reason.limitMs);
      return `the node reports that its tunnel has been failing for ${failing}; the policy allows ${allowed}`;
    }
    case 'waits_for_boundary': {
      const { interval } = reason;
      if (interval !== undefined)
        return `${describeInterval('overall', reason.overall, interval, reason.threshold)}; admission waits for the next epoch boundary`;
      const [overall, threshold] = scores(reason.overall, reason.threshold);
      return `overall ${overall} meets the policy's threshold of ${threshold}; admission waits for the next epoch boundary`;
    }
  }
}

function apart(gapMs: number): string {
  return gapMs === 0 ? '' : `, each at least ${gapMs / 1_000} s after the last,`;
}

function describeFault(metric: string, fault: ScoreFault): string {
  const name = printableName(metric);
  switch (fault) {
    case 'not_an_object':
      return 'the last benchmark has no scores';
    case 'missing':
      return `the last benchmark has no score for ${name}`;
    case 'not_a_number':
      return `the last benchmark's score for ${name} is not a number`;
    case 'not_finite':
      return `the last benchmark's score for ${name} is not a finite number`;
    case 'out_of_range':
      return `the last benchmark's score for ${name} is not between 0 and 1`;
  }
}

/** Whole seconds, or more digits, down to milliseconds, if needed to show the value above its limit. */
function seconds(valueMs: number, limitMs: number): [string, string] {
  const limit = `${limitMs / 1_000} s`;
  for (const digits of [0, 1, 2]) {
    const value = `${(valueMs / 1_000).toFixed(digits)} s`;
    if (Number.parseFloat(value) > limitMs / 1_000) return [value, limit];
  }
  return [`${valueMs / 1_000} s`, limit];
}
