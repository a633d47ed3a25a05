// What a result shows, one number for each dimension: its scores, what the node says of itself, and what the
// controller saw of the message.

import type { Bar } from '../bar.ts';
import type { Benchmark } from '../evidence.ts';
import { settingsFor } from '../interval-rule.ts';
import { countSamples } from '../judge-score.ts';
import type { Policy } from '../policy.ts';

/** What a node may say of itself with a result. These are claims, like its scores. */
export interface NodeSignals {
  /** How long its service takes for an answer: the median of the result's prompts, milliseconds. */
  readonly latencyMs?: number | undefined;
  /** The share of the prompts that had no answer, 0 to 1. */
  readonly errorRate?: number | undefined;
  /** The share of its tunnels with a recent handshake, 0 to 1. */
  readonly handshakes?: number | undefined;
  /** How far its clock is from the controller's, milliseconds, either sign. */
  readonly skewMs?: number | undefined;
}

/** Takes what a result shows, one dimension after the other. Makes no list: a replay observes millions. */
export interface Observer {
  /**
   * @param dimension `score:METRIC`, `node:SIGNAL` for what the node says, `seen:skew` and `seen:gap` for
   *   what the controller saw
   * @param worse which way is worse: 1 for up, -1 for down
   * @param leastDeviation the standard deviation is taken to be at least this, however alike the results were
   * @param trials the independent prompts behind a share, which varies by chance however alike the results
   *   were; or 0
   */
  observe(dimension: string, value: number, worse: 1 | -1, leastDeviation: number, trials: number): void;
}

/**
 * Shows a result to the observer, always in the same order.
 *
 * @param arrivedBeforeMs when the counted result before it arrived; undefined for the first
 */
export function observeResult(
  to: Observer,
  policy: Policy,
  bar: Bar,
  benchmark: Benchmark,
  arrivedBeforeMs: number | undefined,
): void {
  addScores(to, policy, bar, benchmark);
  if (benchmark.signals !== undefined) addSignals(to, benchmark.signals);
  addSeen(to, policy, benchmark, arrivedBeforeMs);
}

function addScores(
  to: Observer,
  { decision }: Policy,
  { limits }: Bar,
  { scores, samples }: Benchmark,
): void {
  for (let at = 0; at < limits.length; at++) {
    const [metric] = limits[at] as Bar['limits'][number];
    const trials =
      countSamples(samples, metric) /
      (decision === undefined ? 1 : settingsFor(decision, metric).designEffect);
    const value = scores[metric] ?? Number.NaN;
    to.observe(scoreDimension(metric), value, -1, trials > 0 ? 0 : LEAST_SCORE_DEVIATION, trials);
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
function addSignals(to: Observer, { latencyMs, errorRate, handshakes, skewMs }: NodeSignals): void {
  if (latencyMs !== undefined) add(to, 'node:latency', Math.log1p(Math.max(0, latencyMs)), 1, 0.1);
  if (errorRate !== undefined) add(to, 'node:errors', errorRate, 1, 0.02);
  if (handshakes !== undefined) add(to, 'node:handshakes', handshakes, -1, 0.05);
  if (skewMs !== undefined) add(to, 'node:skew', Math.log1p(Math.abs(skewMs)), 1, 0.5);
}

function addSeen(
  to: Observer,
  { maxBenchmarkAgeMs }: Policy,
  { sentAtMs, arrivedAtMs }: Benchmark,
  arrivedBeforeMs: number | undefined,
): void {
  if (sentAtMs !== undefined) add(to, 'seen:skew', Math.log1p(Math.abs(sentAtMs - arrivedAtMs)), 1, 0.5);
  if (arrivedBeforeMs === undefined) return;
  // Up to half of what the policy allows, all rhythms are alike: how often a node is to measure changes.
  const share = (2 * (arrivedAtMs - arrivedBeforeMs)) / maxBenchmarkAgeMs;
  add(to, 'seen:gap', Math.log(Math.max(1, share)), 1, 0.2);
}

function add(to: Observer, dimension: string, value: number, worse: 1 | -1, leastDeviation: number): void {
  if (Number.isFinite(value)) to.observe(dimension, value, worse, leastDeviation, 0);
}

const NAMES: Readonly<Record<string, string>> = {
  'node:latency': 'the latency of its service',
  'node:errors': 'its error rate',
  'node:handshakes': 'the health of its handshakes',
  'node:skew': 'the skew of its clock, by its own report',
  'seen:skew': 'the skew of its clock, as seen here',
  'seen:gap': 'the time between its results',
};

/** A dimension as people call it. */
export function nameOfDimension(dimension: string): string {
  return NAMES[dimension] ?? dimension.replace(/^score:/, '');
}
