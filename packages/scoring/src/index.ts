// @mesh/scoring: policy, evidence and time in, a decision with its reason out.

export { hasDecliningBand } from './bar.ts';
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
export { NO_STREAK, nextClearStreak, nextStreak, type Streak, type StreakEvent } from './hysteresis.ts';
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
export { describeReason, type Reason, type ReasonCode, type ScoreFault } from './reason.ts';
export { type PolicyProblem, ScoringError, type ScoringErrorCode } from './scoring-error.ts';
export { benchmarkAgeMs, staleAtMs } from './stale-at.ts';
export { weakens } from './weakens.ts';
