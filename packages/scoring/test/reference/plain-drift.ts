// The fold of the drift signals as a chain of new objects: slow and plain. What `DriftFold` does in place
// must come to the same, bit for bit.

import { type Bar, barOf } from '../../src/bar.ts';
import { DEFAULT_CLASS } from '../../src/evidence.ts';
import {
  addExperience,
  type Benchmark,
  CUSUM_START,
  type Drift,
  type DriftDimension,
  type DriftRule,
  filterLevel,
  type LevelBelief,
  NO_REPUTATION,
  type Policy,
  type Reputation,
  watchCusum,
  watchEwma,
} from '../../src/index.ts';
import { findShortfall, findTooFew, findUnusable } from '../../src/judge-benchmark.ts';
import { type Baseline, short } from '../../src/signals/baseline.ts';
import { forestOf } from '../../src/signals/outlier-score.ts';
import { deviationsWorse, nextBaseline, type Observation, observationsOf } from './plain-observations.ts';
import { isTooEarly } from './plain-watch.ts';

export function plainDrift(
  policy: Policy,
  drift: Drift | undefined,
  benchmark: Benchmark,
  className: string = DEFAULT_CLASS,
): Drift | undefined {
  const { drift: rule } = policy;
  if (rule === undefined) return undefined;
  const bar = barOf(policy, className);
  if (bar === undefined || (findUnusable(policy, bar, benchmark) ?? findTooFew(policy, benchmark)))
    return drift;
  const { measuredAtMs, arrivedAtMs } = benchmark;
  if (drift !== undefined) {
    const counted = { countedMeasuredAtMs: drift.measuredAtMs, countedArrivedAtMs: drift.arrivedAtMs };
    if (isTooEarly(policy, counted, benchmark)) return drift;
  }
  const seen = observationsOf(policy, bar, benchmark, drift?.arrivedAtMs);
  const known = seen.map(({ dimension }) => dimensionOf(drift, dimension));
  const deviations = deviationsOf(rule, known, seen);
  return {
    measuredAtMs,
    arrivedAtMs,
    dimensions: nextDimensions(rule, drift, seen, known, deviations),
    ...(rule.outlier === undefined ? {} : { outlier: nextOutlier(rule.outlier, drift, deviations) }),
    ...(rule.reputation === undefined
      ? {}
      : { reputation: nextReputation(policy, bar, rule.reputation, drift, benchmark) }),
  };
}

/** How much worse than usual each observation is; undefined while its dimension is being learnt. */
function deviationsOf(
  { learn }: DriftRule,
  known: readonly (DriftDimension | undefined)[],
  seen: readonly Observation[],
): readonly (number | undefined)[] {
  return seen.map((observation, at) => {
    const before = known[at];
    return before === undefined || before.results < learn ? undefined : deviationsWorse(before, observation);
  });
}

/**
 * Of a dimension that the result does not have, what is usual stays, and what the charts have fades as if it
 * were as usual: otherwise a dimension that is not measured any more would speak for ever.
 */
function nextDimensions(
  rule: DriftRule,
  drift: Drift | undefined,
  seen: readonly Observation[],
  before: readonly (DriftDimension | undefined)[],
  deviations: readonly (number | undefined)[],
): Drift['dimensions'] {
  const dimensions: Record<string, DriftDimension> = { ...drift?.dimensions };
  for (let at = 0; at < seen.length; at++) {
    const { dimension, value } = seen[at] as Observation;
    const [known, deviation] = [before[at], deviations[at]];
    const baseline = nextBaseline(known, value, rule.memory);
    dimensions[dimension] = deviation === undefined ? baseline : nextCharts(rule, baseline, known, deviation);
  }
  if (seen.length < sizeOf(dimensions)) {
    const present = new Set(seen.map(({ dimension }) => dimension));
    for (const [dimension, known] of Object.entries(dimensions))
      if (!present.has(dimension) && known.results >= rule.learn)
        dimensions[dimension] = nextCharts(rule, known, known, 0);
  }
  return dimensions;
}

/** Makes no list: a replay asks millions of times. */
function sizeOf(dimensions: Drift['dimensions']): number {
  let size = 0;
  for (const name in dimensions) if (Object.hasOwn(dimensions, name)) size += 1;
  return size;
}

function dimensionOf(drift: Drift | undefined, dimension: string): DriftDimension | undefined {
  if (drift === undefined || !Object.hasOwn(drift.dimensions, dimension)) return undefined;
  return drift.dimensions[dimension];
}

/** Deviations have the mean 0 and the standard deviation 1 while nothing changes. */
function nextCharts(
  { ewma, cusum, level }: DriftRule,
  { results, mean, variance }: Baseline,
  known: DriftDimension | undefined,
  deviation: number,
): DriftDimension {
  const next: { -readonly [name in keyof DriftDimension]: DriftDimension[name] } = {
    results,
    mean,
    variance,
  };
  if (ewma !== undefined) {
    const { weight, width } = ewma;
    next.ewma = short(watchEwma({ target: 0, sigma: 1, weight, width }, known?.ewma ?? 0, deviation).average);
  }
  if (cusum !== undefined) next.cusum = nextSum(cusum, known?.cusum ?? CUSUM_START.rise, deviation);
  if (level !== undefined) next.level = nextLevel(level, known?.level, deviation);
  return next;
}

/** The sum is not kept beyond twice its threshold, so that the way back is not as long as the drift was. */
function nextSum(
  { slack, threshold }: NonNullable<DriftRule['cusum']>,
  rise: number,
  deviation: number,
): number {
  const next = watchCusum({ target: 0, sigma: 1, slack, threshold }, { rise, fall: 0 }, deviation).rise;
  return short(Math.min(next, 2 * threshold));
}

function nextLevel(
  { wander }: NonNullable<DriftRule['level']>,
  known: LevelBelief | undefined,
  deviation: number,
): LevelBelief {
  const model = { observationVariance: 1, levelVariance: wander };
  const { mean, variance } = filterLevel(model, known ?? { mean: 0, variance: wander }, deviation).next;
  return { mean: short(mean), variance: short(variance) };
}

function nextOutlier(
  { seed, score: limit }: NonNullable<DriftRule['outlier']>,
  drift: Drift | undefined,
  deviations: readonly (number | undefined)[],
): NonNullable<Drift['outlier']> {
  const score = short(scoreAsOutlier(seed, deviations));
  return { score, inARow: score >= limit ? (drift?.outlier?.inARow ?? 0) + 1 : 0 };
}

/** So many results in a row may be missing without that more of them count. */
const MOST_MISSING = 1_000;

/** A result is good if it would keep its node in. Whenever it could turn stale, one is missing, and bad. */
function nextReputation(
  policy: Policy,
  bar: Bar,
  { halfLifeMs }: NonNullable<DriftRule['reputation']>,
  drift: Drift | undefined,
  benchmark: Benchmark,
): Reputation {
  const elapsedMs = Math.max(0, benchmark.arrivedAtMs - (drift?.arrivedAtMs ?? benchmark.arrivedAtMs));
  const missing = Math.min(MOST_MISSING, Math.floor(elapsedMs / (policy.maxBenchmarkAgeMs + 1)));
  const grade = findShortfall(policy, bar, benchmark, false) === undefined ? 1 : 0;
  const { good, bad } = addExperience(drift?.reputation ?? NO_REPUTATION, elapsedMs, halfLifeMs, grade);
  return { good: short(good), bad: short(bad + missing) };
}

function scoreAsOutlier(seed: number, deviations: readonly (number | undefined)[]): number {
  const point = deviations.filter((one) => one !== undefined).map((deviation) => Math.max(0, deviation));
  return point.length === 0 ? 0 : forestOf(seed, point.length).scoreOf(point);
}
