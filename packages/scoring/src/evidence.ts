// What is known about a node when it is judged: its status, its newest accepted benchmark, its history.

import type { ExamEvidence } from './exams/exam-evidence.ts';
import type { Drift } from './signals/drift.ts';
import type { NodeSignals } from './signals/observations.ts';
import type { Watch } from './watch.ts';

/** Who ran the evaluation that a benchmark reports. A benchmark that does not say counts as `self`. */
export const MEASURED_BY = ['self', 'third_party', 'reproduced', 'enclave'] as const;
export type MeasuredBy = (typeof MEASURED_BY)[number];

/** The class of a node without one: the policy's own top level. */
export const DEFAULT_CLASS = 'default';

/**
 * An accepted benchmark, as far as a decision needs it. The types describe what a sender should send; the
 * evaluation checks the values again, because they began as somebody else's JSON.
 */
export interface Benchmark {
  /** `overall` and any number of named metrics, each in 0..1. */
  readonly scores: Readonly<Record<string, number>>;
  /** How many samples each score is based on, by the same names. */
  readonly samples?: Readonly<Record<string, number>> | undefined;
  /** One of {@link MEASURED_BY}; any other value satisfies no policy that asks. */
  readonly measuredBy?: string | undefined;
  /** When the node claims to have measured: milliseconds since the Unix epoch, by the node's clock. */
  readonly measuredAtMs: number;
  /** When it arrived: milliseconds since the Unix epoch, by the judge's clock. */
  readonly arrivedAtMs: number;
  /** When the node says that it sent it: milliseconds since the Unix epoch. */
  readonly sentAtMs?: number | undefined;
  /** What the node says of itself beside its scores. */
  readonly signals?: NodeSignals | undefined;
  /** What the drift signals remember, this result included, as `nextDrift` folds it; absent: nothing. */
  readonly drift?: Drift | undefined;
}

export type NodeStatus = 'active' | 'pending' | 'quarantined' | 'revoked';
export type MembershipState = 'admitted' | 'denied' | 'never';

export interface Evidence {
  readonly status: NodeStatus;
  /** The newest accepted benchmark, with any score; absent if there never was one. */
  readonly latest?: Benchmark | undefined;
  /**
   * The state before this decision; absent means `never`. Only `denied` has to pass the re-admission rules.
   */
  readonly membership?: MembershipState | undefined;
  /** Good results in a row up to and including `latest`, as `nextStreak` counts them. */
  readonly consecutiveGood?: number | undefined;
  /** Whether the node, when last admitted, was declining; absent means no. */
  readonly declining?: boolean | undefined;
  /**
   * Results in a row outside the warning band, up to and including `latest`, as `nextClearStreak` counts
   * them.
   */
  readonly consecutiveClear?: number | undefined;
  /**
   * Since when the node has been reporting that its tunnel fails: milliseconds since the Unix epoch, by the
   * judge's clock.
   * Absent: it does not report that, or has not done so for the policy's `unreachableAfterMs` yet.
   */
  readonly unreachableSinceMs?: number | undefined;
  /**
   * What the sequential alarm remembers of the node's results, as `nextWatch` folds them; absent: nothing.
   */
  readonly watch?: Watch | undefined;
  /** What is remembered of the node's exams, as `nextExam` folds them; absent: nothing. */
  readonly exam?: ExamEvidence | undefined;
  /** The node's class in the policy; absent means {@link DEFAULT_CLASS}. */
  readonly className?: string | undefined;
}
