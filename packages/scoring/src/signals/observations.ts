// What a result shows, one number for each dimension: its scores, what the node says of itself, and what the
// controller saw of the message.

import { type Bar, limitsOf } from '../bar.ts';
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
  readonly leastDeviation: (usual: number) => number;
}

/**
 * @param arrivedBeforeMs when the counted result before it arrived; undefined for the first
 * @returns in the order of their names
 */
export function observationsOf(
  policy: Policy,
  bar: Bar,
  benchmark: Benchmark,
  arrivedBeforeMs: number | undefined,
): readonly Observation[] {
  return [
    ...nodeObservations(benchmark.signals ?? {}),
    ...limitsOf(bar).map(([metric]) => scoreObservation(policy, benchmark, metric)),
    ...seenObservations(policy, benchmark, arrivedBeforeMs),
  ].sort((one, other) => (one.dimension < other.dimension ? -1 : 1));
}

/** A share of n prompts varies by chance, also where all earlier results were the same. */
function scoreObservation(policy: Policy, benchmark: Benchmark, metric: string): Observation {
  const samples = countSamples(benchmark.samples, metric);
  const { decision } = policy;
  const trials = samples / (decision === undefined ? 1 : settingsFor(decision, metric).designEffect);
  return {
    dimension: `score:${metric}`,
    value: benchmark.scores[metric] ?? Number.NaN,
    worse: 'down',
    leastDeviation: (usual) => {
      const mean = Math.min(0.98, Math.max(0.02, usual));
      return trials > 0 ? Math.sqrt((mean * (1 - mean)) / trials) : LEAST_SCORE_DEVIATION;
    },
  };
}

const LEAST_SCORE_DEVIATION = 0.02;

/** Times are compared by their ratios, so by their logarithms. */
function nodeObservations({ latencyMs, errorRate, handshakes, skewMs }: NodeSignals): Observation[] {
  const observations: Observation[] = [];
  const add = (name: string, value: number, worse: Observation['worse'], least: number) => {
    if (Number.isFinite(value))
      observations.push({ dimension: `node:${name}`, value, worse, leastDeviation: () => least });
  };
  if (latencyMs !== undefined) add('latency', Math.log1p(Math.max(0, latencyMs)), 'up', 0.1);
  if (errorRate !== undefined) add('errors', errorRate, 'up', 0.02);
  if (handshakes !== undefined) add('handshakes', handshakes, 'down', 0.05);
  if (skewMs !== undefined) add('skew', Math.log1p(Math.abs(skewMs)), 'up', 0.5);
  return observations;
}

function seenObservations(
  { maxBenchmarkAgeMs }: Policy,
  { sentAtMs, arrivedAtMs }: Benchmark,
  arrivedBeforeMs: number | undefined,
): Observation[] {
  const observations: Observation[] = [];
  if (sentAtMs !== undefined)
    observations.push({
      dimension: 'seen:skew',
      value: Math.log1p(Math.abs(sentAtMs - arrivedAtMs)),
      worse: 'up',
      leastDeviation: () => 0.5,
    });
  if (arrivedBeforeMs !== undefined)
    observations.push({
      dimension: 'seen:gap',
      // Up to half of what the policy allows, all rhythms are alike: how often a node is to measure changes.
      value: Math.log(Math.max(1, (2 * (arrivedAtMs - arrivedBeforeMs)) / maxBenchmarkAgeMs)),
      worse: 'up',
      leastDeviation: () => 0.2,
    });
  return observations;
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
