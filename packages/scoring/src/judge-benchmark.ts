// Judges one benchmark by itself. It must be well-formed, by the right measurer, on enough samples, and above
// threshold and floors. It may be in the warning band above those. Time and history are left to
// evaluate-node.ts.

import type { Bar } from './bar.ts';
import { type Benchmark, MEASURED_BY } from './evidence.ts';
import type { Policy } from './policy.ts';
import type { Reason, ScoreFault } from './reason.ts';

/** Why a benchmark cannot be judged at all; `undefined` if it can. */
export function findUnusable(policy: Policy, bar: Bar, benchmark: Benchmark): Reason | undefined {
  return checkMeasurer(policy, benchmark) ?? checkScores(bar, benchmark.scores);
}

/** Why a usable benchmark falls short; `undefined` if it does not. */
export function findShortfall(policy: Policy, bar: Bar, benchmark: Benchmark): Reason | undefined {
  return (
    checkSamples(policy, benchmark) ??
    checkThreshold(bar, benchmark.scores) ??
    checkFloors(bar, benchmark.scores)
  );
}

/** Why a benchmark that does not fall short is in the warning band; `undefined` if it is not. */
export function findDecline({ declining }: Bar, { scores }: Benchmark): Reason | undefined {
  const overall = scores.overall ?? Number.NaN;
  if (!(overall >= declining.below)) {
    return { code: 'declining', metric: 'overall', score: overall, below: declining.below };
  }
  const miss = findWorstMiss(declining.floors, scores);
  return miss && { code: 'declining', metric: miss.metric, score: miss.score, below: miss.limit };
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

function findFault(value: unknown): ScoreFault | undefined {
  if (typeof value !== 'number') return 'not_a_number';
  if (!Number.isFinite(value)) return 'not_finite';
  return value >= 0 && value <= 1 ? undefined : 'out_of_range';
}

// The comparisons below are written as "not good enough unless …", so that a NaN on either side denies.

function checkSamples(policy: Policy, benchmark: Benchmark): Reason | undefined {
  const required = policy.minSamples ?? {};
  for (const metric of Object.keys(required).sort()) {
    const minimum = required[metric] ?? Number.POSITIVE_INFINITY;
    const samples = countSamples(benchmark.samples, metric);
    if (!(samples >= minimum)) return { code: 'too_few_samples', metric, samples, minimum };
  }
  return undefined;
}

/** Anything but a whole number counts as no samples. */
export function countSamples(samples: unknown, metric: string): number {
  if (typeof samples !== 'object' || samples === null || !Object.hasOwn(samples, metric)) return 0;
  const count = (samples as Record<string, unknown>)[metric];
  return Number.isSafeInteger(count) ? Math.max(0, count as number) : 0;
}

function checkThreshold(bar: Bar, scores: Benchmark['scores']): Reason | undefined {
  const overall = scores.overall ?? Number.NaN;
  if (overall >= bar.threshold) return undefined;
  return { code: 'below_threshold', overall, threshold: bar.threshold };
}

/**
 * If several floors are broken, it reports the one that is missed by most; among equals, the first by name.
 */
function checkFloors(bar: Bar, scores: Benchmark['scores']): Reason | undefined {
  const miss = findWorstMiss(bar.floors, scores);
  return miss && { code: 'below_floor', metric: miss.metric, score: miss.score, floor: miss.limit };
}

interface Miss {
  readonly metric: string;
  readonly score: number;
  readonly limit: number;
  readonly missedBy: number;
}

function findWorstMiss(
  limits: Readonly<Record<string, number>>,
  scores: Benchmark['scores'],
): Miss | undefined {
  let worst: Miss | undefined;
  for (const metric of Object.keys(limits).sort()) {
    const score = scores[metric] ?? Number.NaN;
    const limit = limits[metric] ?? Number.NaN;
    if (score >= limit) continue;
    const missedBy = limit - score;
    if (worst === undefined || missedBy > worst.missedBy) worst = { metric, score, limit, missedBy };
  }
  return worst;
}
