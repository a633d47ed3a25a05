// A replay that decides about every result in full, and leaves nothing out. What `PolicyReplay` makes of the
// same events must be the same, down to the numbers of each reason.

import { canDecline } from '../../src/bar.ts';
import { DEFAULT_CLASS, type MembershipState, type NodeStatus } from '../../src/evidence.ts';
import {
  type Benchmark,
  type Evidence,
  type ExamEvidence,
  evaluate,
  NO_STREAK,
  type NodeReplay,
  nextClearStreak,
  nextExam,
  nextStreak,
  type Policy,
  type Reason,
  type ReplayEvent,
  type ReplayOptions,
  type ReplayStart,
  type Streak,
  staleAtMs,
  type Watch,
} from '../../src/index.ts';
import type { NodeEvent } from '../../src/replay/replay-event.ts';
import type { ReplayTimes } from '../../src/replay/replay-times.ts';
import type { ReplayedChange } from '../../src/replay/replayed-node.ts';
import { plainDrift } from './plain-drift.ts';
import { plainWatch } from './plain-watch.ts';

export class PlainReplay {
  readonly #policy: Policy;
  readonly #options: ReplayOptions;
  readonly #nodes = new Map<string, PlainNode>();
  readonly #boundariesMs: number[] = [];
  /** From the last event before a restart until nodes have had time to report again. */
  readonly #waivers: { readonly fromMs: number; readonly untilMs: number }[] = [];
  readonly #times: ReplayTimes;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(policy: Policy, options: ReplayOptions = {}) {
    this.#policy = policy;
    this.#options = options;
    this.#times = { boundariesMs: this.#boundariesMs, deniesAtMs: (dueMs) => this.#afterWaivers(dueMs) };
  }

  /** Takes the next event. Its time is taken to be that of the event before it if it lies before that. */
  take(event: ReplayEvent): void {
    const atMs = Math.max(event.atMs, this.#lastMs);
    if (event.kind === 'restart' && this.#lastMs !== Number.NEGATIVE_INFINITY)
      this.#waivers.push({ fromMs: this.#lastMs, untilMs: atMs + this.#policy.maxBenchmarkAgeMs });
    this.#lastMs = atMs;
    if (event.kind === 'restart') return;
    if (event.kind === 'boundary') {
      this.#boundariesMs.push(atMs);
      return;
    }
    const node = this.#nodeOf(event.nodeId);
    node.catchUp(atMs);
    node.take(event, atMs);
  }

  /** @param atMs when the replay ends. @returns the nodes by their ids */
  end(atMs: number): readonly Pick<NodeReplay, 'nodeId' | 'changes'>[] {
    const untilMs = Math.max(atMs, this.#lastMs);
    return [...this.#nodes]
      .map(([nodeId, node]) => {
        node.catchUp(untilMs);
        return { nodeId, changes: node.changes };
      })
      .sort((one, other) => (one.nodeId < other.nodeId ? -1 : 1));
  }

  #nodeOf(nodeId: string): PlainNode {
    let node = this.#nodes.get(nodeId);
    if (node === undefined) {
      const start = this.#options.startOf?.(nodeId) ?? { status: 'active', className: DEFAULT_CLASS };
      node = new PlainNode(this.#policy, this.#times, start);
      this.#nodes.set(nodeId, node);
    }
    return node;
  }

  #afterWaivers(dueMs: number): number {
    let atMs = dueMs;
    for (const { fromMs, untilMs } of this.#waivers) if (atMs >= fromMs && atMs < untilMs) atMs = untilMs;
    return atMs;
  }
}

export class PlainNode {
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
    const drift = plainDrift(policy, this.#latest?.drift, received, this.#className);
    const benchmark: Benchmark = drift === undefined ? received : { ...received, drift };
    const event = { kind: 'benchmark', benchmark, previous: this.#latest } as const;
    if (this.#counts.good && this.#membership === 'denied')
      this.#good = nextStreak(policy, this.#good, event, this.#className);
    if (this.#counts.clear && this.#declining)
      this.#clear = nextClearStreak(policy, this.#clear, event, this.#className);
    this.#watch = plainWatch(policy, this.#alarmSpent ? undefined : this.#watch, received, this.#className);
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
