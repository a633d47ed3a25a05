// One node of a replay: what is known of it, and how it has stood since when.

import { canDecline } from '../bar.ts';
import { type Decision, evaluate } from '../evaluate-node.ts';
import type { Benchmark, Evidence, MembershipState, NodeStatus } from '../evidence.ts';
import type { ExamEvidence } from '../exams/exam-evidence.ts';
import { findExamReason } from '../exams/find-exam.ts';
import { nextExam } from '../exams/next-exam.ts';
import { NO_STREAK, nextClearStreak, nextStreak, type Streak } from '../hysteresis.ts';
import { counts, findShortfall } from '../judge-benchmark.ts';
import type { Policy } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { DriftFold } from '../signals/drift-fold.ts';
import { staleAtMs } from '../stale-at.ts';
import { WatchFold } from '../watch-fold.ts';
import type { JudgedClass, JudgedClasses, ResultOutcome } from './judged-class.ts';
import type { NodeEvent, ReplayStart } from './replay-event.ts';
import type { ReplayTimes } from './replay-times.ts';

/** A change of standing. The first is the admission, if there ever was one. */
export interface ReplayedChange {
  readonly atMs: number;
  readonly standing: Decision['standing'];
  readonly reason: Reason;
}

export class ReplayedNode {
  readonly changes: ReplayedChange[] = [];
  readonly #policy: Policy;
  readonly #classes: JudgedClasses;
  readonly #times: ReplayTimes;
  #status: NodeStatus;
  #className: string;
  /** Undefined for a class that the policy does not have. */
  #class: JudgedClass | undefined;
  /** The newest result, without what the signals remember. */
  #latest: Benchmark | undefined;
  /** What it means by its scores alone; undefined if it does not count, or not by the present class. */
  #outcome: ResultOutcome | undefined;
  /** When it turns stale. */
  #staleAtMs = Number.NEGATIVE_INFINITY;
  #hasLeft = false;
  #membership: MembershipState = 'never';
  #declining = false;
  #good: Streak = NO_STREAK;
  #clear: Streak = NO_STREAK;
  readonly #drift: DriftFold | undefined;
  readonly #watch: WatchFold | undefined;
  #alarmSpent = false;
  #exam: ExamEvidence | undefined;
  /** Whether the newest exam denies or makes declining. */
  #examSpeaks = false;
  #unreachableSinceMs: number | undefined;
  /** The first boundary that has not been looked at. */
  #boundary: number;
  /**
   * Which results in a row the policy asks about: counting the others would take half of the time. It asks
   * for good ones of a node that was denied, and for clear ones of a node that is declining; both are counted
   * from the denial or the decline on.
   */
  readonly #counts: { readonly good: boolean; readonly clear: boolean };

  constructor(policy: Policy, classes: JudgedClasses, times: ReplayTimes, start: ReplayStart) {
    this.#policy = policy;
    this.#classes = classes;
    this.#class = classes.of(start.className);
    if (policy.drift !== undefined) this.#drift = new DriftFold(policy, policy.drift);
    if (policy.alarm !== undefined) this.#watch = new WatchFold(policy, policy.alarm);
    this.#counts = { good: policy.readmission.consecutiveGood > 1, clear: canDecline(policy) };
    this.#times = times;
    this.#status = start.status;
    this.#className = start.className;
    this.#boundary = times.boundariesMs.length;
  }

  /** Decides everything that was due by `untilMs`. */
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
    if (event.kind === 'benchmark') this.#accept(event.benchmark);
    else this.#note(event);
    if (this.#membership === 'admitted' && !this.#stays(atMs)) this.#judge(atMs);
  }

  #note(event: Exclude<NodeEvent, { readonly kind: 'benchmark' }>): void {
    switch (event.kind) {
      case 'exam':
        this.#exam = nextExam(this.#policy, this.#exam, event.closed, this.#latest, this.#className);
        this.#readExam();
        break;
      case 'left':
        this.#hasLeft = true;
        this.#outcome = undefined;
        break;
      case 'status':
        this.#status = event.status;
        break;
      case 'unreachable':
        this.#unreachableSinceMs = event.sinceMs;
        break;
      case 'class':
        this.#className = event.className;
        this.#class = this.#classes.of(event.className);
        this.#outcome = undefined;
        this.#good = NO_STREAK;
        this.#clear = NO_STREAK;
        this.#readExam();
        break;
    }
  }

  #accept(received: Benchmark): void {
    const [policy, judged, drift, watch] = [this.#policy, this.#class, this.#drift, this.#watch];
    const previous = this.#latest;
    const outcome =
      judged !== undefined && counts(policy, judged.bar, received) ? judged.outcomeOf(received) : undefined;
    this.#latest = received;
    this.#outcome = outcome;
    this.#staleAtMs = staleAtMs(policy, received);
    this.#hasLeft = false;
    if (this.#alarmSpent) watch?.clear();
    this.#alarmSpent = false;
    if (judged !== undefined && outcome !== undefined) {
      const fallsShort =
        outcome === 'short' && findShortfall(policy, judged.bar, received, false) !== undefined;
      drift?.take(judged.bar, received, fallsShort);
      watch?.take(judged.bar, received);
    }
    this.#count(received, previous, outcome);
  }

  #count(received: Benchmark, previous: Benchmark | undefined, outcome: ResultOutcome | undefined): void {
    const [policy, className] = [this.#policy, this.#className];
    if (this.#counts.good && this.#membership === 'denied')
      this.#good = nextStreak(
        policy,
        this.#good,
        { kind: 'benchmark', benchmark: received, previous },
        className,
      );
    if (!this.#counts.clear || !this.#declining) return;
    if (outcome === 'limited') this.#clear = NO_STREAK;
    else {
      const benchmark = this.#withDrift(received);
      this.#clear = nextClearStreak(
        policy,
        this.#clear,
        { kind: 'benchmark', benchmark, previous },
        className,
      );
    }
  }

  /**
   * Whether a node that is in stays as it stands, for certain. It mostly does, and it takes far less time to
   * see that than to find the reason of a decision.
   */
  #stays(atMs: number): boolean {
    const [latest, policy, outcome] = [this.#latest, this.#policy, this.#outcome];
    if (latest === undefined || this.#status !== 'active' || this.#examSpeaks) return false;
    if (this.#unreachableSinceMs !== undefined || this.#staleAtMs <= atMs) return false;
    const { measuredAtMs, arrivedAtMs } = latest;
    if (measuredAtMs - arrivedAtMs > policy.futureToleranceMs) return false;
    if (arrivedAtMs - atMs > policy.futureToleranceMs) return false;
    if (this.#watch?.rings() === true) return false;
    return this.#declining ? outcome === 'limited' : outcome === 'clear' && this.#drift?.speaks() !== true;
  }

  /** Between boundaries a node that is in can go out, or change its standing. */
  #judge(atMs: number): void {
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
    const dueMs = this.#staleAtMs;
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
      latest: this.#hasLeft || this.#latest === undefined ? undefined : this.#withDrift(this.#latest),
      membership: this.#membership,
      consecutiveGood: this.#good.count,
      declining: this.#declining,
      consecutiveClear: this.#clear.count,
      unreachableSinceMs: this.#unreachableSinceMs,
      watch: this.#watch?.watch(),
      exam: this.#exam,
      className: this.#className,
    };
  }

  /** The result with what the signals remember up to it. */
  #withDrift(received: Benchmark): Benchmark {
    const drift = this.#drift?.drift();
    return drift === undefined ? received : { ...received, drift };
  }

  /** What an exam says depends on neither results nor time, as no exam is missing in a replay. */
  #readExam(): void {
    const bar = this.#class?.bar;
    const evidence = { exam: this.#exam, membership: this.#membership };
    this.#examSpeaks =
      bar !== undefined &&
      (['deny', 'declining'] as const).some(
        (action) => findExamReason(this.#policy, bar, evidence, 0, false, action) !== undefined,
      );
  }
}
