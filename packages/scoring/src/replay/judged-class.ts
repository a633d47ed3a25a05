// A class of a policy, as a replay asks about it for each result of its nodes.

import { type Bar, barOf } from '../bar.ts';
import type { Benchmark } from '../evidence.ts';
import type { Policy } from '../policy.ts';
import { JudgedLimit } from './judged-limit.ts';

/**
 * What a usable result that rests on enough samples does to a node that is in, by its scores alone. `short`:
 * denies it. `limited`: a score is undecided, or in the warning band. `clear`: neither.
 */
export type ResultOutcome = 'clear' | 'limited' | 'short';

export class JudgedClass {
  readonly bar: Bar;
  readonly #limits: readonly JudgedLimit[];
  readonly #bands: readonly (readonly [metric: string, below: number])[];

  constructor(policy: Policy, bar: Bar) {
    this.bar = bar;
    this.#limits = bar.limits.map(([metric, limit]) => new JudgedLimit(policy, metric, limit));
    const { below, floors } = bar.declining;
    this.#bands = [['overall', below], ...Object.entries(floors)];
  }

  outcomeOf(benchmark: Benchmark): ResultOutcome {
    let isLimited = false;
    for (const limit of this.#limits) {
      const outcome = limit.outcomeOf(benchmark);
      if (outcome === 'below') return 'short';
      isLimited ||= outcome === 'undecided';
    }
    for (let at = 0; !isLimited && at < this.#bands.length; at++) {
      const [metric, below] = this.#bands[at] as readonly [string, number];
      isLimited = !((benchmark.scores[metric] ?? Number.NaN) >= below);
    }
    return isLimited ? 'limited' : 'clear';
  }
}

/** The classes of a policy, each made when it is first asked for. */
export class JudgedClasses {
  readonly #policy: Policy;
  readonly #known = new Map<string, JudgedClass>();

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  /** Undefined for a class that the policy does not have. */
  of(className: string): JudgedClass | undefined {
    const known = this.#known.get(className);
    const bar = known === undefined ? barOf(this.#policy, className) : undefined;
    if (bar === undefined) return known;
    const made = new JudgedClass(this.#policy, bar);
    this.#known.set(className, made);
    return made;
  }
}
