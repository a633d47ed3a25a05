// What is remembered of one dimension of one node, as numbers that change in place.

import { nextSum } from '../statistics/cusum-chart.ts';
import { nextAverage } from '../statistics/ewma-chart.ts';
import * as level from '../statistics/local-level.ts';
import { deviationsWorse, nextMean, nextVariance, short, weightAfter } from './baseline.ts';
import type { DriftDimension } from './drift.ts';
import { type DriftRule, ewmaLimit } from './drift-rule.ts';

/** The variance of a deviation, while nothing changes. */
const USUAL_VARIANCE = 1;

export class DimensionFold {
  readonly name: string;
  /** The number of the result that was last seen to have it. */
  seenIn = -1;
  #results: number;
  #mean: number;
  #variance: number;
  /** What a signal remembers is NaN where the dimension has nothing of it. */
  #ewma: number;
  #cusum: number;
  #levelMean: number;
  #levelVariance: number;

  /** @param known absent: the dimension is new */
  constructor(name: string, known?: DriftDimension) {
    this.name = name;
    this.#results = known?.results ?? 0;
    this.#mean = known?.mean ?? 0;
    this.#variance = known?.variance ?? 0;
    this.#ewma = known?.ewma ?? Number.NaN;
    this.#cusum = known?.cusum ?? Number.NaN;
    this.#levelMean = known?.level?.mean ?? Number.NaN;
    this.#levelVariance = known?.level?.variance ?? Number.NaN;
  }

  /**
   * Takes one more value.
   *
   * @param worse which way is worse: 1 for up, -1 for down
   * @returns how much worse than usual it is, in standard deviations; NaN while the dimension is being learnt
   */
  take(rule: DriftRule, value: number, worse: 1 | -1, leastDeviation: number, trials: number): number {
    const [results, mean, variance] = [this.#results, this.#mean, this.#variance];
    const weight = weightAfter(results, rule.memory);
    const off = value - mean;
    this.#results = Math.min(results + 1, rule.memory);
    this.#mean = nextMean(mean, weight, off);
    this.#variance = nextVariance(variance, weight, off);
    // A dimension that the policy asks more results of than there are begins to be learnt again.
    if (results < rule.learn) {
      this.#ewma = this.#cusum = this.#levelMean = this.#levelVariance = Number.NaN;
      return Number.NaN;
    }
    const offWorse = worse === 1 ? off : mean - value;
    const deviation = deviationsWorse(results, mean, variance, offWorse, leastDeviation, trials);
    this.#chart(rule, deviation);
    return deviation;
  }

  /** The result does not have it: the charts fade as if it were as usual, once it is learnt. */
  fade(rule: DriftRule): void {
    if (this.#results >= rule.learn) this.#chart(rule, 0);
  }

  /** Deviations have the mean 0 and the standard deviation 1 while nothing changes. */
  #chart({ ewma, cusum, level: local }: DriftRule, deviation: number): void {
    this.#ewma =
      ewma === undefined ? Number.NaN : short(nextAverage(ewma.weight, orZero(this.#ewma), deviation));
    // Not kept beyond twice the threshold, so that the way back is not as long as the drift was.
    this.#cusum =
      cusum === undefined
        ? Number.NaN
        : short(Math.min(nextSum(orZero(this.#cusum), deviation, cusum.slack), 2 * cusum.threshold));
    if (local === undefined) this.#levelMean = this.#levelVariance = Number.NaN;
    else {
      const isNew = Number.isNaN(this.#levelMean);
      const [mean, variance] = isNew ? [0, local.wander] : [this.#levelMean, this.#levelVariance];
      const gain = level.gainOf(variance, USUAL_VARIANCE);
      this.#levelMean = short(level.nextMean(mean, gain, deviation));
      this.#levelVariance = short(level.nextVariance(variance, gain, local.wander));
    }
  }

  /** Whether a signal of the rule speaks of this dimension, whatever it leads to. */
  speaks({ ewma, cusum, level: local }: DriftRule): boolean {
    if (ewma !== undefined && this.#ewma > ewmaLimit(ewma)) return true;
    if (cusum !== undefined && this.#cusum > cusum.threshold) return true;
    return local !== undefined && this.#levelMean / Math.sqrt(this.#levelVariance) > local.width;
  }

  dimension(): DriftDimension {
    const kept: { -readonly [name in keyof DriftDimension]: DriftDimension[name] } = {
      results: this.#results,
      mean: this.#mean,
      variance: this.#variance,
    };
    if (!Number.isNaN(this.#ewma)) kept.ewma = this.#ewma;
    if (!Number.isNaN(this.#cusum)) kept.cusum = this.#cusum;
    if (!Number.isNaN(this.#levelMean)) kept.level = { mean: this.#levelMean, variance: this.#levelVariance };
    return kept;
  }
}

const orZero = (kept: number): number => (Number.isNaN(kept) ? 0 : kept);
