// Replays what happened in a mesh under a policy: who would have been in, limited or out, and when. The
// evidence is taken as it was: a node that would have been out is assumed to have reported all the same. So
// are its exams: those that were closed count by the other policy's rules, and none that was not held is
// missing.

import { DEFAULT_CLASS } from '../evidence.ts';
import type { Policy } from '../policy.ts';
import { declineAlone, leadsTo } from '../signals/drift-rule.ts';
import { JudgedClasses } from './judged-class.ts';
import type { ReplayEvent, ReplayStart } from './replay-event.ts';
import type { ReplayTimes } from './replay-times.ts';
import { type ReplayedChange, ReplayedNode } from './replayed-node.ts';

export interface ReplayOptions {
  /** How each node was at the beginning; one that is not named is active and of the default class. */
  readonly startOf?: (nodeId: string) => ReplayStart | undefined;
}

/** How one node stood. Nobody is in before the first boundary. */
export interface NodeReplay {
  readonly nodeId: string;
  readonly changes: readonly ReplayedChange[];
  readonly cuts: number;
  /** How long it was in, and how much of that declining. Milliseconds. */
  readonly inMs: number;
  readonly decliningMs: number;
}

export class PolicyReplay {
  readonly #policy: Policy;
  readonly #classes: JudgedClasses;
  readonly #options: ReplayOptions;
  readonly #nodes = new Map<string, ReplayedNode>();
  readonly #boundariesMs: number[] = [];
  /** From the last event before a restart until nodes have had time to report again. */
  readonly #waivers: { readonly fromMs: number; readonly untilMs: number }[] = [];
  readonly #times: ReplayTimes;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(policy: Policy, options: ReplayOptions = {}) {
    this.#policy = asReplayed(policy);
    this.#classes = new JudgedClasses(this.#policy);
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
  end(atMs: number): readonly NodeReplay[] {
    const untilMs = Math.max(atMs, this.#lastMs);
    return [...this.#nodes]
      .map(([nodeId, node]) => {
        node.catchUp(untilMs);
        return { nodeId, changes: node.changes, ...sumsOf(node.changes, untilMs) };
      })
      .sort((one, other) => (one.nodeId < other.nodeId ? -1 : 1));
  }

  #nodeOf(nodeId: string): ReplayedNode {
    let node = this.#nodes.get(nodeId);
    if (node === undefined) {
      const start = this.#options.startOf?.(nodeId) ?? { status: 'active', className: DEFAULT_CLASS };
      node = new ReplayedNode(this.#policy, this.#classes, this.#times, start);
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

/**
 * Another policy may ask for exams that nobody held. A drift signal that advises or puts on probation changes
 * no standing, and what it remembers is nobody else's: it is most of the work of a replay, and is left out.
 */
function asReplayed({ exams, drift, ...policy }: Policy): Policy {
  return {
    ...policy,
    ...(exams === undefined ? {} : { exams: { ...exams, missing: 'ignore' } }),
    ...(drift === undefined || !leadsTo(drift, 'declining') ? {} : { drift: declineAlone(drift) }),
  };
}

function sumsOf(changes: readonly ReplayedChange[], untilMs: number) {
  let [cuts, inMs, decliningMs] = [0, 0, 0];
  for (const [at, { atMs, standing }] of changes.entries()) {
    const lastedMs = (changes[at + 1]?.atMs ?? untilMs) - atMs;
    if (standing === 'denied') cuts += 1;
    else inMs += lastedMs;
    if (standing === 'declining') decliningMs += lastedMs;
  }
  return { cuts, inMs, decliningMs };
}
