// Compares one score with its limit. Three outcomes (guarded acceptance, JCGM 106:2012): the lower end of its
// interval reaches the limit, the upper end is below it, or the limit lies between them. A score without a
// sample count is compared as a point, and so is every score under a policy without an interval rule.

import type { Benchmark } from './evidence.ts';
import { type IntervalSettings, settingsFor } from './interval-rule.ts';
import type { Policy } from './policy.ts';
import { clopperPearsonInterval } from './statistics/clopper-pearson.ts';
import { wilsonInterval } from './statistics/wilson.ts';

/** What is plausible behind a score. */
export interface ScoreInterval {
  /** The graded prompts, as the benchmark counts them. */
  readonly samples: number;
  /** The independent prompts that they are worth. */
  readonly trials: number;
  readonly lower: number;
  readonly upper: number;
  readonly confidence: number;
}

export interface ScoreVerdict {
  readonly outcome: 'meets' | 'undecided' | 'below';
  /** Absent where points were compared. */
  readonly interval?: ScoreInterval;
}

/** @param limit the threshold of `overall`, the floor of any other metric */
export function judgeScore(
  policy: Pick<Policy, 'decision'>,
  benchmark: Benchmark,
  metric: string,
  limit: number,
): ScoreVerdict {
  const point = comparePoint(benchmark, metric, limit);
  const interval = intervalOf(policy, benchmark, metric);
  if (interval === undefined || policy.decision === undefined) return point;
  if (interval.lower >= limit) return { outcome: 'meets', interval };
  const { fromSamples } = settingsFor(policy.decision, metric);
  if (point.outcome === 'below' && interval.samples < fromSamples) return point;
  return { outcome: interval.upper >= limit ? 'undecided' : 'below', interval };
}

/** Written so that a NaN on either side is below. */
export function comparePoint({ scores }: Benchmark, metric: string, limit: number): ScoreVerdict {
  const score = scores[metric] ?? Number.NaN;
  return { outcome: score >= limit ? 'meets' : 'below' };
}

/** Undefined where the policy compares points, and for a score without a sample count. */
export function intervalOf(
  { decision }: Pick<Policy, 'decision'>,
  benchmark: Benchmark,
  metric: string,
): ScoreInterval | undefined {
  if (decision === undefined) return undefined;
  const samples = countSamples(benchmark.samples, metric);
  const score = Object.hasOwn(benchmark.scores, metric) ? benchmark.scores[metric] : undefined;
  if (samples === 0 || score === undefined || !(score >= 0 && score <= 1)) return undefined;
  const settings = settingsFor(decision, metric);
  // Wilson's takes less time than a look-up.
  if (settings.method === 'wilson') return computed(score, samples, settings);
  return remembered(benchmark, metric, settings, () => computed(score, samples, settings));
}

function computed(score: number, samples: number, settings: IntervalSettings): ScoreInterval {
  const { confidence, method, designEffect } = settings;
  const trials = samples / designEffect;
  const good = Math.min(trials, score * trials);
  const { lower, upper } =
    method === 'wilson'
      ? wilsonInterval(good, trials, confidence)
      : clopperPearsonInterval(good, trials, confidence);
  return { samples, trials, lower, upper, confidence };
}

/**
 * Benchmarks do not change, and each freeze asks about every node again, so an exact interval is computed
 * once: it takes a hundred evaluations of the beta distribution.
 */
const intervals = new WeakMap<Benchmark, Map<string, ScoreInterval>>();

function remembered(
  benchmark: Benchmark,
  metric: string,
  { confidence, method, designEffect }: IntervalSettings,
  compute: () => ScoreInterval,
): ScoreInterval {
  const key = `${metric} ${method} ${confidence} ${designEffect}`;
  const known = intervals.get(benchmark) ?? new Map<string, ScoreInterval>();
  const interval = known.get(key) ?? compute();
  known.set(key, interval);
  intervals.set(benchmark, known);
  return interval;
}

/** Anything but a whole number counts as no samples. */
export function countSamples(samples: unknown, metric: string): number {
  if (typeof samples !== 'object' || samples === null || !Object.hasOwn(samples, metric)) return 0;
  const count = (samples as Record<string, unknown>)[metric];
  return Number.isSafeInteger(count) ? Math.max(0, count as number) : 0;
}
