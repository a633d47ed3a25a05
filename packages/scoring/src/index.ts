// @mesh/scoring: policy, evidence and time in, a decision with its reason out.

export type { AlarmRule } from './alarm-rule.ts';
export { ATTESTOR_KEY_ID } from './attestors.ts';
export { canDecline } from './bar.ts';
export {
  type BrakeSettings,
  brake,
  causesOf,
  type RecentCut,
  shortfallOf,
} from './brake.ts';
export { classWeakens } from './class-weakens.ts';
export { decideMesh, type MeshQuestion } from './decide-mesh.ts';
export { type Decision, evaluate } from './evaluate-node.ts';
export {
  type Benchmark,
  DEFAULT_CLASS,
  type Evidence,
  MEASURED_BY,
  type MeasuredBy,
  type MembershipState,
  type NodeStatus,
} from './evidence.ts';
export { closeExam, type ExamToClose } from './exams/close-exam.ts';
export { describeExamVerdict, describeGap } from './exams/describe-exam.ts';
export {
  type ExamEvidence,
  GAPS,
  type GapEvidence,
  type GapName,
  type LastExam,
} from './exams/exam-evidence.ts';
export { type ExamGap, gapsOf } from './exams/exam-gap.ts';
export type { ExamReason } from './exams/exam-reason.ts';
export type {
  ClosedExam,
  ExaminerResult,
  ExamTallies,
  ExamTally,
  GradedItems,
  GradedPairs,
  ItemGrade,
} from './exams/exam-results.ts';
export {
  canExamine,
  EXAM_APIS,
  type ExamApi,
  type ExaminedService,
  type ExamRule,
  type GapRule,
  HONEST_EXAMINER_BUDGET,
  isExamined,
  MAX_EXAM_ITEMS,
  MAX_EXAMINERS,
} from './exams/exam-rule.ts';
export { MOST_RESERVED_MS, reservedMs } from './exams/exam-time.ts';
export { type ExamScore, type ExamVerdict, examVerdict } from './exams/exam-verdict.ts';
export { nextExam } from './exams/next-exam.ts';
export { readClosedExam, readExamEvidence } from './exams/read-exam.ts';
export { explainNode, type RuleVerdict } from './explain-node.ts';
export { alarmsOf, type ScoreAlarm } from './find-alarm.ts';
export { NO_STREAK, nextClearStreak, nextStreak, type Streak, type StreakEvent } from './hysteresis.ts';
export type { IntervalMethod, IntervalRule, IntervalSettings } from './interval-rule.ts';
export type { ScoreInterval } from './judge-score.ts';
export { type JudgedScore, judgedScores } from './judged-scores.ts';
export { nextWatch } from './next-watch.ts';
export {
  DEFAULT_CONSECUTIVE_CLEAR,
  DEFAULT_FUTURE_TOLERANCE_MS,
  DEFAULT_MAX_BENCHMARK_AGE_MS,
  DEFAULT_MIN_RESULT_GAP_MS,
  DEFAULT_THRESHOLD,
  type Policy,
  type PolicyClass,
  parsePolicy,
} from './policy.ts';
export { diffPolicies, type PolicyDifference, type PolicyValue } from './policy-diff.ts';
export { describeReasonCode } from './public-reason.ts';
export {
  describeReason,
  type ProbationReason,
  type Reason,
  type ReasonCode,
  type ScoreFault,
} from './reason.ts';
export { type ComparedNode, compareReplays, type ReplayEffect } from './replay/compare-replays.ts';
export { type NodeReplay, PolicyReplay, type ReplayOptions } from './replay/policy-replay.ts';
export type { ReplayEvent, ReplayStart } from './replay/replay-event.ts';
export { type PolicyProblem, ScoringError, type ScoringErrorCode } from './scoring-error.ts';
export { describeDrift } from './signals/describe-drift.ts';
export type { Drift, DriftDimension } from './signals/drift.ts';
export {
  DRIFT_ACTIONS,
  DRIFT_SIGNALS,
  type DriftAction,
  type DriftRule,
  type DriftSignalName,
  leadsTo,
} from './signals/drift-rule.ts';
export { type DriftSignal, driftSignalsOf } from './signals/find-drift.ts';
export { nextDrift } from './signals/next-drift.ts';
export { type NodeSignals, nameOfDimension } from './signals/observations.ts';
export { benchmarkAgeMs, staleAtMs } from './stale-at.ts';
export { type AnytimeOptions, anytimeInterval } from './statistics/anytime-interval.ts';
export { clopperPearsonInterval } from './statistics/clopper-pearson.ts';
export { type EffectiveTrials, effectiveTrials } from './statistics/clustered-trials.ts';
export type { Interval } from './statistics/counts.ts';
export {
  CUSUM_START,
  type CusumChart,
  type CusumSignal,
  type CusumSums,
  watchCusum,
} from './statistics/cusum-chart.ts';
export {
  type Alarm,
  alarmOf,
  E_DETECTOR_START,
  type EDetector,
  type EDetectorKind,
  type EDetectorState,
  type GradedPrompts,
  watchEach,
  watchGrade,
  watchGrades,
} from './statistics/e-detector.ts';
export { type EwmaChart, type EwmaSignal, watchEwma } from './statistics/ewma-chart.ts';
export { type Counts, fisherExact } from './statistics/fisher-exact.ts';
export {
  averagePathLength,
  type ForestOptions,
  growForest,
  type IsolationForest,
  type Point,
} from './statistics/isolation-forest.ts';
export {
  filterLevel,
  type LevelBelief,
  type LevelStep,
  type LocalLevel,
} from './statistics/local-level.ts';
export {
  addExperience,
  expectedGrade,
  forget,
  NO_REPUTATION,
  type Reputation,
} from './statistics/reputation.ts';
export { type SeededRandom, seededRandom } from './statistics/seeded-random.ts';
export { wilsonInterval } from './statistics/wilson.ts';
export type { Watch, Watched } from './watch.ts';
export { weakens } from './weakens.ts';
