// What the drift signals remember of one node, as numbers that change in place: a replay folds millions of
// results, and objects for what is remembered after each would be most of its work.

import type { Bar } from '../bar.ts';
import type { Benchmark } from '../evidence.ts';
import { keepsGap } from '../hysteresis.ts';
import type { Policy } from '../policy.ts';
import type { IsolationForest } from '../statistics/isolation-forest.ts';
import { keptAfter, NO_REPUTATION } from '../statistics/reputation.ts';
import { short } from './baseline.ts';
import { DimensionFold } from './dimension-fold.ts';
import type { Drift, DriftDimension } from './drift.ts';
import type { DriftRule } from './drift-rule.ts';
import { reputationSpeaks } from './find-drift.ts';
import { type Observer, observeResult } from './observations.ts';
import { forestOf, onlyWorse } from './outlier-score.ts';

/** So many results in a row may be missing without that more of them count. */
const MOST_MISSING = 1_000;

export class DriftFold implements Observer {
  readonly #policy: Policy;
  readonly #rule: DriftRule;
  /** In the order in which they were first seen. */
  readonly #dimensions: DimensionFold[] = [];
  #isEmpty: boolean;
  /** When the last result that counted was measured, and when it arrived. */
  #measuredAtMs: number;
  #arrivedAtMs: number;
  /** The number of the result that is being taken, and of its dimensions so far. */
  #turn = 0;
  #seen = 0;
  /** The deviations of its dimensions that have been learnt, as the forest takes them. */
  #point: number[] = [];
  #pointSize = 0;
  /** The forest of points of this size. */
  #forest: IsolationForest | undefined;
  #forestSize = 0;
  /** How much the last result stands out; undefined while nobody has asked. */
  #outlier: number | undefined;
  #outliersInARow: number;
  #good: number;
  #bad: number;
  /** The time that a reputation was last faded by, and the part of it that was left. */
  #fadedMs = Number.NaN;
  #kept = Number.NaN;

  /** @param known what was remembered before; absent: nothing */
  constructor(policy: Policy, rule: DriftRule, known?: Drift) {
    this.#policy = policy;
    this.#rule = rule;
    for (const [name, dimension] of Object.entries(known?.dimensions ?? {}))
      this.#dimensions.push(new DimensionFold(name, dimension));
    this.#isEmpty = known === undefined;
    this.#measuredAtMs = known?.measuredAtMs ?? Number.NaN;
    this.#arrivedAtMs = known?.arrivedAtMs ?? Number.NaN;
    this.#outlier = known?.outlier?.score ?? 0;
    this.#outliersInARow = known?.outlier?.inARow ?? 0;
    const { good, bad } = known?.reputation ?? NO_REPUTATION;
    this.#good = good;
    this.#bad = bad;
  }

  /**
   * Takes a result that counts for the policy.
   *
   * @param fallsShort whether it would keep its node out; only a reputation asks
   * @returns false for one that comes too early, which changes nothing
   */
  take(bar: Bar, benchmark: Benchmark, fallsShort: boolean): boolean {
    const rule = this.#rule;
    const isFirst = this.#isEmpty;
    if (!isFirst && !keepsGap(this.#policy, this.#measuredAtMs, this.#arrivedAtMs, benchmark)) return false;
    this.#turn += 1;
    this.#seen = 0;
    this.#pointSize = 0;
    observeResult(this, this.#policy, bar, benchmark, isFirst ? undefined : this.#arrivedAtMs);
    if (this.#seen < this.#dimensions.length)
      for (const dimension of this.#dimensions) if (dimension.seenIn !== this.#turn) dimension.fade(rule);
    if (rule.outlier !== undefined) this.#standOut(rule.outlier);
    if (rule.reputation !== undefined) this.#experience(rule.reputation, benchmark, fallsShort);
    this.#isEmpty = false;
    this.#measuredAtMs = benchmark.measuredAtMs;
    this.#arrivedAtMs = benchmark.arrivedAtMs;
    return true;
  }

  observe(name: string, value: number, worse: 1 | -1, leastDeviation: number, trials: number): void {
    const dimension = this.#dimensionOf(name);
    dimension.seenIn = this.#turn;
    this.#seen += 1;
    const deviation = dimension.take(this.#rule, value, worse, leastDeviation, trials);
    if (!Number.isNaN(deviation)) this.#point[this.#pointSize++] = onlyWorse(deviation);
  }

  /** Results mostly have the same dimensions in the same order, so a dimension is where the last one was. */
  #dimensionOf(name: string): DimensionFold {
    const usual = this.#dimensions[this.#seen];
    if (usual?.name === name) return usual;
    const known = this.#dimensions.find((one) => one.name === name);
    if (known !== undefined) return known;
    const dimension = new DimensionFold(name);
    this.#dimensions.push(dimension);
    return dimension;
  }

  /** 0 without a dimension. */
  #standOut({ seed, score: limit }: NonNullable<DriftRule['outlier']>): void {
    const size = this.#pointSize;
    if (size !== this.#forestSize) {
      this.#forestSize = size;
      this.#forest = size === 0 ? undefined : forestOf(seed, size);
    }
    if (size < this.#point.length) this.#point = this.#point.slice(0, size);
    const isUsual = this.#forest === undefined || this.#forest.isSurelyBelow(this.#point, limit);
    this.#outlier = isUsual ? undefined : this.#scored();
    this.#outliersInARow = (this.#outlier ?? 0) >= limit ? this.#outliersInARow + 1 : 0;
  }

  #scored(): number {
    return this.#forest === undefined ? 0 : short(this.#forest.scoreOf(this.#point));
  }

  /** A result is good if it would keep its node in. Whenever it could turn stale, one is missing, and bad. */
  #experience(
    { halfLifeMs }: NonNullable<DriftRule['reputation']>,
    { arrivedAtMs }: Benchmark,
    fallsShort: boolean,
  ): void {
    const elapsedMs = this.#isEmpty ? 0 : Math.max(0, arrivedAtMs - this.#arrivedAtMs);
    const missing = Math.min(MOST_MISSING, Math.floor(elapsedMs / (this.#policy.maxBenchmarkAgeMs + 1)));
    const grade = fallsShort ? 0 : 1;
    if (elapsedMs !== this.#fadedMs) {
      this.#fadedMs = elapsedMs;
      this.#kept = keptAfter(elapsedMs, halfLifeMs);
    }
    this.#good = short(this.#good * this.#kept + grade);
    this.#bad = short(this.#bad * this.#kept + 1 - grade + missing);
  }

  /** Whether a signal of the policy speaks, whatever it leads to. */
  speaks(): boolean {
    const rule = this.#rule;
    if (rule.outlier !== undefined && this.#outliersInARow >= rule.outlier.results) return true;
    if (rule.reputation !== undefined && reputationSpeaks(rule.reputation, this.#good, this.#bad))
      return true;
    for (const dimension of this.#dimensions) if (dimension.speaks(rule)) return true;
    return false;
  }

  /** What is remembered now; undefined before the first result that counts. */
  drift(): Drift | undefined {
    if (this.#isEmpty) return undefined;
    const dimensions: Record<string, DriftDimension> = {};
    for (const dimension of this.#dimensions) dimensions[dimension.name] = dimension.dimension();
    const { outlier, reputation } = this.#rule;
    return {
      measuredAtMs: this.#measuredAtMs,
      arrivedAtMs: this.#arrivedAtMs,
      dimensions,
      ...(outlier === undefined
        ? {}
        : { outlier: { score: this.#outlier ?? this.#scored(), inARow: this.#outliersInARow } }),
      ...(reputation === undefined ? {} : { reputation: { good: this.#good, bad: this.#bad } }),
    };
  }
}
