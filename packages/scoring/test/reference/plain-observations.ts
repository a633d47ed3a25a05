// What a result shows, as a list: the plain form of src/signals/observations.ts, and of what is usual.

import type { Bar } from '../../src/bar.ts';
import type { Benchmark, NodeSignals, Policy } from '../../src/index.ts';
import { settingsFor } from '../../src/interval-rule.ts';
import { countSamples } from '../../src/judge-score.ts';
import { type Baseline, short } from '../../src/signals/baseline.ts';

export interface Observation {
  /**
   * `score:METRIC`, `node:SIGNAL` for what the node says, `seen:skew` and `seen:gap` for what the controller
   * saw.
   */
  readonly dimension: string;
  readonly value: number;
  /** Which way is worse. */
  readonly worse: 'up' | 'down';
  /** The standard deviation is taken to be at least this, however alike the results were. */
  readonly leastDeviation: number;
  /** The independent prompts behind a share, which varies by chance however alike the results were; or 0. */
  readonly trials: number;
}

/**
 * @param arrivedBeforeMs when the counted result before it arrived; undefined for the first
 * @returns always in the same order
 */
export function observationsOf(
  policy: Policy,
  bar: Bar,
  benchmark: Benchmark,
  arrivedBeforeMs: number | undefined,
): readonly Observation[] {
  const observations: Observation[] = [];
  addScores(observations, policy, bar, benchmark);
  if (benchmark.signals !== undefined) addSignals(observations, benchmark.signals);
  addSeen(observations, policy, benchmark, arrivedBeforeMs);
  return observations;
}

function addScores(to: Observation[], { decision }: Policy, bar: Bar, { scores, samples }: Benchmark): void {
  for (const [metric] of bar.limits) {
    const trials =
      countSamples(samples, metric) /
      (decision === undefined ? 1 : settingsFor(decision, metric).designEffect);
    const value = scores[metric] ?? Number.NaN;
    const leastDeviation = trials > 0 ? 0 : LEAST_SCORE_DEVIATION;
    to.push({ dimension: scoreDimension(metric), value, worse: 'down', leastDeviation, trials });
  }
}

const LEAST_SCORE_DEVIATION = 0.02;

/** A policy has few metrics, and each result asks for the names. */
const scoreDimensions = new Map<string, string>();
function scoreDimension(metric: string): string {
  let dimension = scoreDimensions.get(metric);
  if (dimension === undefined) {
    dimension = `score:${metric}`;
    if (scoreDimensions.size < 1_000) scoreDimensions.set(metric, dimension);
  }
  return dimension;
}

/** Times are compared by their ratios, so by their logarithms. */
function addSignals(to: Observation[], { latencyMs, errorRate, handshakes, skewMs }: NodeSignals): void {
  if (latencyMs !== undefined) add(to, 'node:latency', Math.log1p(Math.max(0, latencyMs)), 'up', 0.1);
  if (errorRate !== undefined) add(to, 'node:errors', errorRate, 'up', 0.02);
  if (handshakes !== undefined) add(to, 'node:handshakes', handshakes, 'down', 0.05);
  if (skewMs !== undefined) add(to, 'node:skew', Math.log1p(Math.abs(skewMs)), 'up', 0.5);
}

function addSeen(
  to: Observation[],
  { maxBenchmarkAgeMs }: Policy,
  { sentAtMs, arrivedAtMs }: Benchmark,
  arrivedBeforeMs: number | undefined,
): void {
  if (sentAtMs !== undefined) add(to, 'seen:skew', Math.log1p(Math.abs(sentAtMs - arrivedAtMs)), 'up', 0.5);
  if (arrivedBeforeMs === undefined) return;
  // Up to half of what the policy allows, all rhythms are alike: how often a node is to measure changes.
  const share = (2 * (arrivedAtMs - arrivedBeforeMs)) / maxBenchmarkAgeMs;
  add(to, 'seen:gap', Math.log(Math.max(1, share)), 'up', 0.2);
}

function add(
  to: Observation[],
  dimension: string,
  value: number,
  worse: Observation['worse'],
  leastDeviation: number,
): void {
  if (Number.isFinite(value)) to.push({ dimension, value, worse, leastDeviation, trials: 0 });
}

/** The usual after one more value. The first values weigh the same; from `memory` on, old ones fade. */
export function nextBaseline(before: Baseline | undefined, value: number, memory: number): Baseline {
  const { results, mean, variance } = before ?? { results: 0, mean: 0, variance: 0 };
  const weight = Math.max(1 / (results + 1), 1 / memory);
  const off = value - mean;
  return {
    results: Math.min(results + 1, memory),
    mean: short(mean + weight * off),
    variance: short((1 - weight) * (variance + weight * off ** 2)),
  };
}

/** No value is taken for further off than this, so that one result alone is not a drift. */
const MOST_DEVIATIONS = 4;

/**
 * How much worse than usual an observation is, in standard deviations; negative if it is better.
 */
export function deviationsWorse(
  { results, mean, variance }: Baseline,
  { value, worse, leastDeviation, trials }: Omit<Observation, 'dimension'>,
): number {
  const usual = Math.min(0.98, Math.max(0.02, mean));
  const byChance = trials > 0 ? (usual * (1 - usual)) / trials : 0;
  // The mean is itself uncertain by the variance over the number of results.
  const square = Math.max(variance, byChance, leastDeviation ** 2) * (1 + 1 / results);
  const off = (worse === 'up' ? value - mean : mean - value) / Math.sqrt(square);
  return Math.min(MOST_DEVIATIONS, Math.max(-MOST_DEVIATIONS, off));
}
