// Every rule that a node is held to, each with the node's own numbers, so that somebody can see why the node
// stands where it does. A decision names only the first rule that is not met.

import { defined } from '@mesh/primitives';
import { type Bar, barOf } from './bar.ts';
import { findStatusFault, findTimeFault, findUnreachable } from './evaluate-node.ts';
import { type Benchmark, DEFAULT_CLASS, type Evidence, MEASURED_BY } from './evidence.ts';
import { examRules } from './exams/exam-rules.ts';
import { alarmsOf, findAlarm } from './find-alarm.ts';
import { findReadmissionGap, findRecoveryGap } from './hysteresis.ts';
import { findUnusable } from './judge-benchmark.ts';
import { comparePoint, countSamples, judgeScore } from './judge-score.ts';
import type { Policy } from './policy.ts';
import { describeReason, type Reason } from './reason.ts';
import { ScoringError } from './scoring-error.ts';
import { driftVerdicts } from './signals/drift-verdicts.ts';
import { benchmarkAgeMs } from './stale-at.ts';
import { describeInterval, printableName } from './words.ts';

export interface RuleVerdict {
  /**
   * The place in the policy that sets the rule: `floors.refusal`. `status` and `benchmark` are no settings.
   */
  readonly rule: string;
  /**
   * What it means if the rule is not met: the node is out, or it is in but declining, or on probation, or
   * nothing.
   */
  readonly decides: 'denied' | 'declining' | 'probation' | 'advice';
  readonly met: boolean;
  /** One sentence without a full stop, with the numbers. */
  readonly sentence: string;
  /** The reason that a decision gives for it; absent if the rule is met. */
  readonly reason?: Reason;
}

/**
 * The rules in the order in which a decision looks at them. Where a rule cannot be asked because an earlier
 * one is not met (without a benchmark there is no score), the list ends.
 *
 * @param nowMs milliseconds since the Unix epoch, by the clock that stamped `arrivedAtMs`
 * @param stalenessWaived whether admitted nodes are spared from staleness now
 * @throws ScoringError `invalid_time` if `nowMs` is not a whole number of milliseconds
 */
export function explainNode(
  policy: Policy,
  evidence: Evidence,
  nowMs: number,
  stalenessWaived: boolean,
): readonly RuleVerdict[] {
  if (!Number.isSafeInteger(nowMs))
    throw new ScoringError('invalid_time', `nowMs is ${nowMs}: pass whole milliseconds since the Unix epoch`);
  return [...rulesFor(policy, evidence, nowMs, stalenessWaived)];
}

function* rulesFor(
  policy: Policy,
  evidence: Evidence,
  nowMs: number,
  stalenessWaived: boolean,
): Generator<RuleVerdict> {
  const className = evidence.className ?? DEFAULT_CLASS;
  const decided = findStatusFault(evidence);
  if (decided !== undefined) {
    yield unmet('status', decided);
    return;
  }
  yield met('status', 'the node is active');
  const bar = barOf(policy, className);
  if (bar === undefined) {
    yield unmet('classes', { code: 'unknown_class', className });
    return;
  }
  const { latest } = evidence;
  if (latest === undefined || latest === null) {
    yield unmet('benchmark', { code: 'no_benchmark' });
    return;
  }
  const waives = stalenessWaived && evidence.membership === 'admitted';
  const time = timeVerdict(policy, latest, nowMs, waives);
  yield time;
  if (!time.met) return;
  const unusable = findUnusable(policy, bar, latest);
  if (unusable !== undefined) {
    yield unmet(unusable.code === 'not_measured_by' ? 'measuredBy' : 'benchmark', unusable);
    return;
  }
  if (policy.measuredBy !== undefined)
    yield met(
      'measuredBy',
      `measured by ${printableName(latest.measuredBy ?? MEASURED_BY[0])}, which counts`,
    );
  yield ageVerdict(policy, latest, nowMs, waives);
  const isOut = evidence.membership === 'denied';
  if (isOut) yield* alarmVerdicts(policy, bar, evidence);
  yield* scoreVerdicts(policy, bar, latest, evidence.membership);
  if (!isOut) yield* alarmVerdicts(policy, bar, evidence);
  yield* examRules(policy, bar, evidence, nowMs, waives);
  yield* historyVerdicts(policy, bar, evidence, nowMs);
}

function timeVerdict(policy: Policy, latest: Benchmark, nowMs: number, waives: boolean): RuleVerdict {
  const rule = 'futureToleranceMs';
  const fault = findTimeFault(policy, latest, nowMs, waives);
  if (fault !== undefined) return unmet(fault.code === 'from_future' ? rule : 'benchmark', fault);
  const tolerated = seconds(policy.futureToleranceMs);
  return met(rule, `the last benchmark is not from the future; the policy tolerates ${tolerated}`);
}

function ageVerdict(policy: Policy, latest: Benchmark, nowMs: number, waives: boolean): RuleVerdict {
  const rule = 'maxBenchmarkAgeMs';
  const [ageMs, maxAgeMs] = [benchmarkAgeMs(latest, nowMs), policy.maxBenchmarkAgeMs];
  if (ageMs <= maxAgeMs)
    return met(rule, `the last benchmark is ${seconds(ageMs)} old; the policy allows ${seconds(maxAgeMs)}`);
  return waives
    ? met(rule, describeReason({ code: 'staleness_waived', ageMs, maxAgeMs }))
    : unmet(rule, { code: 'stale', ageMs, maxAgeMs });
}

function* scoreVerdicts(
  policy: Policy,
  bar: Bar,
  latest: Benchmark,
  membership: Evidence['membership'],
): Generator<RuleVerdict> {
  for (const metric of Object.keys(policy.minSamples ?? {}).sort()) {
    const minimum = policy.minSamples?.[metric] ?? Number.POSITIVE_INFINITY;
    const samples = countSamples(latest.samples, metric);
    yield samples >= minimum
      ? met(`minSamples.${metric}`, `${metric} rests on ${samples} samples; the policy asks for ${minimum}`)
      : unmet(`minSamples.${metric}`, { code: 'too_few_samples', metric, samples, minimum });
  }
  const byPoint = membership === 'denied';
  for (const [metric, limit] of bar.limits) {
    const score = latest.scores[metric] ?? Number.NaN;
    const { outcome, interval } = byPoint
      ? comparePoint(latest, metric, limit)
      : judgeScore(policy, latest, metric, limit);
    const rule = ruleOf(bar, metric === 'overall' ? 'threshold' : `floors.${metric}`);
    const numbers = defined({ interval });
    if (outcome !== 'below')
      yield met(
        rule,
        metric === 'overall'
          ? describeReason({ code: 'ok', overall: score, threshold: limit, ...numbers })
          : interval === undefined
            ? `${metric} ${score.toFixed(2)} meets the policy's floor of ${limit}`
            : describeInterval(metric, score, interval, limit),
      );
    else if (metric === 'overall')
      yield unmet(rule, { code: 'below_threshold', overall: score, threshold: limit, ...numbers });
    else yield unmet(rule, { code: 'below_floor', metric, score, floor: limit, ...numbers });
  }
}

/**
 * The alarm of each score that it watches; those that do not ring first by name, as a decision has but one.
 */
function* alarmVerdicts(policy: Policy, bar: Bar, evidence: Evidence): Generator<RuleVerdict> {
  const rule = 'alarm.promptsPerFalseCut';
  for (const { metric, rings, evidence: found, limit, asked } of alarmsOf(policy, bar, evidence.watch))
    if (!rings)
      yield met(
        rule,
        `${metric}: the evidence that it has sunk below ${asked.toFixed(2)} is ${Math.floor(found)}; the policy cuts at ${limit}`,
      );
  const ringing = findAlarm(policy, bar, evidence);
  if (ringing !== undefined) yield unmet(rule, ringing);
}

/** For each score that has an interval: whether it is decided that the score meets its limit. */
function* doubtVerdicts(policy: Policy, bar: Bar, latest: Benchmark): Generator<RuleVerdict> {
  for (const [metric, limit] of bar.limits) {
    const score = latest.scores[metric] ?? Number.NaN;
    const { outcome, interval } = judgeScore(policy, latest, metric, limit);
    if (interval === undefined || outcome === 'below') continue;
    const rule = ruleOf(bar, 'decision');
    yield outcome === 'undecided'
      ? unmet(rule, { code: 'undecided', metric, score, limit, interval }, 'declining')
      : met(rule, describeInterval(metric, score, interval, limit), 'declining');
  }
}

function* historyVerdicts(
  policy: Policy,
  bar: Bar,
  evidence: Evidence,
  nowMs: number,
): Generator<RuleVerdict> {
  const overall = evidence.latest?.scores.overall ?? Number.NaN;
  if (evidence.membership === 'denied') {
    const gap = findReadmissionGap(policy, evidence, overall);
    yield gap === undefined
      ? met('readmission', 'the node meets what the policy asks for after a denial')
      : unmet('readmission', gap);
  }
  if (policy.unreachableAfterMs !== undefined) {
    const unreachable = findUnreachable(policy, evidence, nowMs);
    yield unreachable === undefined
      ? met('unreachableAfterMs', 'the node does not report that its tunnel fails')
      : unmet('unreachableAfterMs', unreachable);
  }
  if (evidence.latest !== undefined) yield* doubtVerdicts(policy, bar, evidence.latest);
  yield* bandVerdicts(bar, evidence);
  yield* driftVerdicts(policy, evidence.latest?.drift);
  yield* recoveryVerdicts(policy, bar, evidence);
}

function* bandVerdicts(bar: Bar, evidence: Evidence): Generator<RuleVerdict> {
  const scores = evidence.latest?.scores ?? {};
  const bands = [['overall', bar.declining.below] as const, ...Object.entries(bar.declining.floors)];
  for (const [metric, below] of bands) {
    if (below === 0) continue;
    const score = scores[metric] ?? Number.NaN;
    const rule = ruleOf(bar, metric === 'overall' ? 'declining.below' : `declining.floors.${metric}`);
    yield score >= below
      ? met(rule, `${metric} ${score.toFixed(2)} is not below the ${below} of good standing`, 'declining')
      : unmet(rule, { code: 'declining', metric, score, below }, 'declining');
  }
}

function* recoveryVerdicts(policy: Policy, bar: Bar, evidence: Evidence): Generator<RuleVerdict> {
  const gap = findRecoveryGap(policy, bar, evidence);
  if (gap !== undefined) yield unmet('declining.consecutiveClear', gap, 'declining');
}

const ruleOf = ({ className }: Bar, setting: string): string =>
  className === DEFAULT_CLASS ? setting : `${setting} of class ${className}`;

function met(rule: string, sentence: string, decides: RuleVerdict['decides'] = 'denied'): RuleVerdict {
  return { rule, decides, met: true, sentence };
}

function unmet(rule: string, reason: Reason, decides: RuleVerdict['decides'] = 'denied'): RuleVerdict {
  return { rule, decides, met: false, sentence: describeReason(reason), reason };
}

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
