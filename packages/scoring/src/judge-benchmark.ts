// Judges one benchmark by itself. It must be well-formed, by the right measurer, on enough samples, and above
// threshold and floors. It may be in the warning band above those. Time and history are left to
// evaluate-node.ts.

import { defined } from '@mesh/primitives';
import type { Bar } from './bar.ts';
import { type Benchmark, MEASURED_BY } from './evidence.ts';
import { comparePoint, countSamples, intervalOf, judgeScore, type ScoreVerdict } from './judge-score.ts';
import type { Policy } from './policy.ts';
import type { Reason, ScoreFault } from './reason.ts';

/** Why a benchmark cannot be judged at all; `undefined` if it can. */
export function findUnusable(policy: Policy, bar: Bar, benchmark: Benchmark): Reason | undefined {
  return checkMeasurer(policy, benchmark) ?? checkScores(bar, benchmark.scores);
}

/** Whether a benchmark can be judged, and rests on enough samples. */
export function counts(policy: Policy, bar: Bar, benchmark: Benchmark): boolean {
  return findUnusable(policy, bar, benchmark) === undefined && findTooFew(policy, benchmark) === undefined;
}

/**
 * Why a usable benchmark falls short; `undefined` if it does not.
 *
 * @param byPoint whether doubt counts against the node: a node that was denied comes back by its score alone
 */
export function findShortfall(
  policy: Policy,
  bar: Bar,
  benchmark: Benchmark,
  byPoint: boolean,
): Reason | undefined {
  const judge: Judge = (metric, limit) =>
    byPoint ? comparePoint(benchmark, metric, limit) : judgeScore(policy, benchmark, metric, limit);
  return (
    findTooFew(policy, benchmark) ??
    checkThreshold(bar, benchmark, judge) ??
    checkFloors(bar, benchmark, judge)
  );
}

/**
 * The score of which it is not decided whether it meets its limit: `overall`, or else the metric whose lower
 * end is furthest below its floor. `undefined` if all are decided.
 */
export function findUndecided(policy: Policy, bar: Bar, benchmark: Benchmark): Reason | undefined {
  if (policy.decision === undefined) return undefined;
  const reasonOf = (metric: string, limit: number): Reason | undefined => {
    const { outcome, interval } = judgeScore(policy, benchmark, metric, limit);
    if (outcome !== 'undecided' || interval === undefined) return undefined;
    return { code: 'undecided', metric, score: benchmark.scores[metric] ?? Number.NaN, limit, interval };
  };
  const overall = reasonOf('overall', bar.threshold);
  if (overall !== undefined) return overall;
  const open = Object.keys(bar.floors).filter(
    (metric) => reasonOf(metric, bar.floors[metric] ?? Number.NaN) !== undefined,
  );
  const lowerOf = (metric: string) => intervalOf(policy, benchmark, metric)?.lower ?? Number.NaN;
  const worst = findWorstMiss(bar.floors, open, lowerOf);
  return worst && reasonOf(worst.metric, worst.limit);
}

/** Why a benchmark that does not fall short is in the warning band; `undefined` if it is not. */
export function findDecline({ declining }: Bar, { scores }: Benchmark): Reason | undefined {
  const overall = scores.overall ?? Number.NaN;
  if (!(overall >= declining.below)) {
    return { code: 'declining', metric: 'overall', score: overall, below: declining.below };
  }
  const { floors } = declining;
  const miss = findWorstMiss(floors, Object.keys(floors), (metric) => scores[metric] ?? Number.NaN);
  return miss && { code: 'declining', metric: miss.metric, score: miss.value, below: miss.limit };
}

function checkMeasurer(policy: Policy, benchmark: Benchmark): Reason | undefined {
  if (policy.measuredBy === undefined) return undefined;
  const measuredBy = benchmark.measuredBy ?? MEASURED_BY[0];
  if (policy.measuredBy.some((accepted) => accepted === measuredBy)) return undefined;
  return { code: 'not_measured_by', measuredBy: String(measuredBy), accepted: policy.measuredBy };
}

/**
 * Every score that is present must be a number in 0..1, not only those with a floor: a harness that writes
 * NaN for one metric has not measured what it claims. `overall` and every metric with a floor must be
 * present.
 */
function checkScores(bar: Bar, scores: unknown): Reason | undefined {
  if (typeof scores !== 'object' || scores === null || Array.isArray(scores)) {
    return { code: 'unscored', metric: 'overall', fault: 'not_an_object' };
  }
  if (isFaultless(bar, scores as Record<string, unknown>)) return undefined;
  const faultOf = (metric: string): ScoreFault | undefined =>
    Object.hasOwn(scores, metric) ? findFault((scores as Record<string, unknown>)[metric]) : 'missing';
  // Only faults are put in order: almost every benchmark has none.
  const others = [...Object.keys(bar.floors), ...Object.keys(scores)].filter(faultOf).sort();
  for (const metric of ['overall', ...others]) {
    const fault = faultOf(metric);
    if (fault !== undefined) return { code: 'unscored', metric, fault };
  }
  return undefined;
}

/** Makes no list: a replay asks millions of times. */
function isFaultless({ limits }: Bar, scores: Readonly<Record<string, unknown>>): boolean {
  for (let at = 0; at < limits.length; at++)
    if (!Object.hasOwn(scores, (limits[at] as Bar['limits'][number])[0])) return false;
  for (const metric in scores)
    if (Object.hasOwn(scores, metric) && findFault(scores[metric]) !== undefined) return false;
  return true;
}

function findFault(value: unknown): ScoreFault | undefined {
  if (typeof value !== 'number') return 'not_a_number';
  if (!Number.isFinite(value)) return 'not_finite';
  return value >= 0 && value <= 1 ? undefined : 'out_of_range';
}

/** Why a benchmark rests on too little; `undefined` if it does not. */
export function findTooFew(policy: Policy, benchmark: Benchmark): Reason | undefined {
  const required = policy.minSamples;
  if (required === undefined || isEnough(required, benchmark)) return undefined;
  for (const metric of Object.keys(required).sort()) {
    const minimum = required[metric] ?? Number.POSITIVE_INFINITY;
    const samples = countSamples(benchmark.samples, metric);
    if (!(samples >= minimum)) return { code: 'too_few_samples', metric, samples, minimum };
  }
  return undefined;
}

/** Only what is missing is put in order. */
function isEnough(required: NonNullable<Policy['minSamples']>, { samples }: Benchmark): boolean {
  for (const metric in required)
    if (!(countSamples(samples, metric) >= (required[metric] ?? Number.POSITIVE_INFINITY))) return false;
  return true;
}

function checkThreshold({ threshold }: Bar, { scores }: Benchmark, judge: Judge): Reason | undefined {
  const { outcome, interval } = judge('overall', threshold);
  if (outcome !== 'below') return undefined;
  const overall = scores.overall ?? Number.NaN;
  return { code: 'below_threshold', overall, threshold, ...defined({ interval }) };
}

/**
 * If several floors are broken, it reports the one that is missed by most; among equals, the first by name.
 */
function checkFloors({ floors }: Bar, { scores }: Benchmark, judge: Judge): Reason | undefined {
  const broken = Object.keys(floors).filter(
    (metric) => judge(metric, floors[metric] ?? Number.NaN).outcome === 'below',
  );
  const miss = findWorstMiss(floors, broken, (metric) => scores[metric] ?? Number.NaN);
  if (miss === undefined) return undefined;
  const { interval } = judge(miss.metric, miss.limit);
  return {
    code: 'below_floor',
    metric: miss.metric,
    score: miss.value,
    floor: miss.limit,
    ...defined({ interval }),
  };
}

type Judge = (metric: string, limit: number) => ScoreVerdict;

interface Miss {
  readonly metric: string;
  readonly value: number;
  readonly limit: number;
  readonly missedBy: number;
}

/** Written as "not good enough unless …", so that a NaN on either side is a miss. */
function findWorstMiss(
  limits: Readonly<Record<string, number>>,
  metrics: readonly string[],
  readValue: (metric: string) => number,
): Miss | undefined {
  let worst: Miss | undefined;
  for (const metric of [...metrics].sort()) {
    const value = readValue(metric);
    const limit = limits[metric] ?? Number.NaN;
    if (value >= limit) continue;
    const missedBy = limit - value;
    if (worst === undefined || missedBy > worst.missedBy) worst = { metric, value, limit, missedBy };
  }
  return worst;
}
