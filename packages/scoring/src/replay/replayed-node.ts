// One node of a replay: what is known of it, and how it has stood since when.

import { canDecline } from '../bar.ts';
import { type Decision, evaluate } from '../evaluate-node.ts';
import type { Benchmark, Evidence, MembershipState, NodeStatus } from '../evidence.ts';
import type { ExamEvidence } from '../exams/exam-evidence.ts';
import { nextExam } from '../exams/next-exam.ts';
import { NO_STREAK, nextClearStreak, nextStreak, type Streak } from '../hysteresis.ts';
import type { Policy } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { nextDrift } from '../signals/drift.ts';
import { staleAtMs } from '../stale-at.ts';
import { nextWatch, type Watch } from '../watch.ts';
import type { ReplayEvent, ReplayStart } from './replay-event.ts';

/** An event about one node. */
export type NodeEvent = Extract<ReplayEvent, { readonly nodeId: string }>;

/** A change of standing. The first is the admission, if there ever was one. */
export interface ReplayedChange {
  readonly atMs: number;
  readonly standing: Decision['standing'];
  readonly reason: Reason;
}

/** The boundaries so far and the restarts, which all nodes of a replay share. */
export interface ReplayTimes {
  /** Ascending. */
  readonly boundariesMs: readonly number[];
  /** The instant at which a benchmark that is stale at `dueMs` denies its node, restarts considered. */
  deniesAtMs(dueMs: number): number;
}

export class ReplayedNode {
  readonly changes: ReplayedChange[] = [];
  readonly #policy: Policy;
  readonly #times: ReplayTimes;
  #status: NodeStatus;
  #className: string;
  #latest: Benchmark | undefined;
  #hasLeft = false;
  #membership: MembershipState = 'never';
  #declining = false;
  #good: Streak = NO_STREAK;
  #clear: Streak = NO_STREAK;
  #watch: Watch | undefined;
  #alarmSpent = false;
  #exam: ExamEvidence | undefined;
  #unreachableSinceMs: number | undefined;
  /** The first boundary that has not been looked at. */
  #boundary: number;
  /**
   * Which results in a row the policy asks about: counting the others would take half of the time. It asks
   * for good ones of a node that was denied, and for clear ones of a node that is declining; both are counted
   * from the denial or the decline on.
   */
  readonly #counts: { readonly good: boolean; readonly clear: boolean };

  constructor(policy: Policy, times: ReplayTimes, start: ReplayStart) {
    this.#policy = policy;
    this.#counts = { good: policy.readmission.consecutiveGood > 1, clear: canDecline(policy) };
    this.#times = times;
    this.#status = start.status;
    this.#className = start.className;
    this.#boundary = times.boundariesMs.length;
  }

  /** Decides everything that was due before `untilMs`. */
  catchUp(untilMs: number): void {
    const { boundariesMs } = this.#times;
    for (; this.#boundary < boundariesMs.length; this.#boundary++) {
      const atMs = boundariesMs[this.#boundary] as number;
      if (atMs > untilMs) break;
      this.#denyIfStale(atMs);
      if (this.#membership !== 'admitted') this.#admit(atMs);
    }
    this.#denyIfStale(untilMs);
  }

  /** Call {@link catchUp} for its time before. */
  take(event: NodeEvent, atMs: number): void {
    switch (event.kind) {
      case 'benchmark':
        this.#accept(event.benchmark);
        break;
      case 'exam':
        this.#exam = nextExam(this.#policy, this.#exam, event.closed, this.#latest, this.#className);
        break;
      case 'left':
        this.#hasLeft = true;
        break;
      case 'status':
        this.#status = event.status;
        break;
      case 'unreachable':
        this.#unreachableSinceMs = event.sinceMs;
        break;
      case 'class':
        this.#className = event.className;
        this.#good = NO_STREAK;
        this.#clear = NO_STREAK;
        break;
    }
    this.#judge(atMs);
  }

  #accept(received: Benchmark): void {
    const policy = this.#policy;
    const drift = nextDrift(policy, this.#latest?.drift, received, this.#className);
    const benchmark: Benchmark = drift === undefined ? received : { ...received, drift };
    const event = { kind: 'benchmark', benchmark, previous: this.#latest } as const;
    if (this.#counts.good && this.#membership === 'denied')
      this.#good = nextStreak(policy, this.#good, event, this.#className);
    if (this.#counts.clear && this.#declining)
      this.#clear = nextClearStreak(policy, this.#clear, event, this.#className);
    this.#watch = nextWatch(policy, this.#alarmSpent ? undefined : this.#watch, received, this.#className);
    this.#alarmSpent = false;
    this.#latest = benchmark;
    this.#hasLeft = false;
  }

  /** Between boundaries a node can go out, or change its standing, and not come in. */
  #judge(atMs: number): void {
    if (this.#membership !== 'admitted') return;
    const { standing, reason } = evaluate(this.#policy, this.#evidence(), atMs);
    if (standing === 'denied') this.#deny(atMs, reason);
    else if (this.#declining !== (standing === 'declining')) this.#change(atMs, standing, reason);
  }

  #admit(atMs: number): void {
    if (this.#latest === undefined || this.#hasLeft) return;
    const { standing, reason } = evaluate(this.#policy, this.#evidence(), atMs);
    if (standing === 'denied') return;
    this.#membership = 'admitted';
    this.#change(atMs, standing, reason);
  }

  #change(atMs: number, standing: 'good' | 'declining', reason: Reason): void {
    if (standing === 'declining' && !this.#declining) this.#clear = NO_STREAK;
    this.#declining = standing === 'declining';
    this.changes.push({ atMs, standing, reason });
  }

  #denyIfStale(untilMs: number): void {
    if (this.#membership !== 'admitted' || this.#latest === undefined) return;
    const dueMs = staleAtMs(this.#policy, this.#latest);
    if (dueMs > untilMs) return;
    const atMs = this.#times.deniesAtMs(dueMs);
    if (atMs > untilMs) return;
    const { standing, reason } = evaluate(this.#policy, this.#evidence(), atMs);
    if (standing === 'denied') this.#deny(atMs, reason);
  }

  #deny(atMs: number, reason: Reason): void {
    this.#membership = 'denied';
    this.#good = NO_STREAK;
    this.#clear = NO_STREAK;
    this.#alarmSpent ||= reason.code === 'sequential_alarm';
    this.changes.push({ atMs, standing: 'denied', reason });
  }

  #evidence(): Evidence {
    return {
      status: this.#status,
      latest: this.#hasLeft ? undefined : this.#latest,
      membership: this.#membership,
      consecutiveGood: this.#good.count,
      declining: this.#declining,
      consecutiveClear: this.#clear.count,
      unreachableSinceMs: this.#unreachableSinceMs,
      watch: this.#watch,
      exam: this.#exam,
      className: this.#className,
    };
  }
}
