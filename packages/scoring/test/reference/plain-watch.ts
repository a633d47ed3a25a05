// The fold of the sequential alarm as a chain of new objects: slow and plain. What `WatchFold` does in place
// must come to the same, bit for bit.

import { barOf } from '../../src/bar.ts';
import { DEFAULT_CLASS } from '../../src/evidence.ts';
import {
  alarmOf,
  type Benchmark,
  E_DETECTOR_START,
  type Policy,
  type Streak,
  type Watch,
  type Watched,
  watchGrades,
} from '../../src/index.ts';
import { findTooFew, findUnusable } from '../../src/judge-benchmark.ts';
import { countSamples } from '../../src/judge-score.ts';

type AlarmRule = NonNullable<Policy['alarm']>;

const MOST_EVIDENCE = 10;

/**
 * The pure fold behind `Evidence.watch`. A result that a policy cannot use, one on too few samples and one
 * that comes earlier than `minResultGapMs` after the last counted one change nothing: neither adds to the
 * evidence, and neither dilutes it.
 *
 * @returns undefined if the policy has no alarm
 */
export function plainWatch(
  policy: Policy,
  watch: Watch | undefined,
  benchmark: Benchmark,
  className: string = DEFAULT_CLASS,
): Watch | undefined {
  const { alarm } = policy;
  const bar = barOf(policy, className);
  if (alarm === undefined) return undefined;
  if (bar === undefined || (findUnusable(policy, bar, benchmark) ?? findTooFew(policy, benchmark)))
    return watch;
  const { measuredAtMs, arrivedAtMs } = benchmark;
  if (watch !== undefined) {
    const counted = { countedMeasuredAtMs: watch.measuredAtMs, countedArrivedAtMs: watch.arrivedAtMs };
    if (isTooEarly(policy, counted, benchmark)) return watch;
  }
  const metrics: Record<string, Watched> = {};
  for (const [metric, asked] of bar.limits.filter(([, limit]) => limit > 0 && limit < 1)) {
    const next = nextOf(alarm, asked, knownOf(watch, metric, asked), benchmark, metric);
    if (next !== undefined) metrics[metric] = next;
  }
  return { measuredAtMs, arrivedAtMs, metrics };
}

/**
 * What is known of a metric for a limit. Evidence that a mean is below a lower limit is also evidence that it
 * is below a higher one, not the reverse.
 */
function knownOf(watch: Watch | undefined, metric: string, asked: number): Watched | undefined {
  if (watch === undefined || !Object.hasOwn(watch.metrics, metric)) return undefined;
  const watched = watch.metrics[metric];
  return watched !== undefined && watched.asked <= asked ? watched : undefined;
}

function nextOf(
  alarm: AlarmRule,
  asked: number,
  known: Watched | undefined,
  benchmark: Benchmark,
  metric: string,
): Watched | undefined {
  const samples = countSamples(benchmark.samples, metric);
  if (samples === 0) return known;
  const mean = benchmark.scores[metric] ?? Number.NaN;
  const detector = detectorOf(alarm, asked);
  const state = known?.evidence ?? E_DETECTOR_START;
  const prompts = samples / alarm.designEffect;
  const most = MOST_EVIDENCE * alarm.promptsPerFalseCut;
  const evidence = watchGrades(detector, state, { mean, prompts }, most);
  const wasNothing = known === undefined || alarmOf(detector, state).evidence <= prompts;
  return {
    asked,
    evidence,
    prompts: (wasNothing ? 0 : known.prompts) + samples,
    good: (wasNothing ? 0 : known.good) + mean * samples,
  };
}

const detectorOf = ({ promptsPerFalseCut }: AlarmRule, asked: number) =>
  ({ kind: 'shiryaev-roberts', asked, promptsPerFalseAlarm: promptsPerFalseCut }) as const;

/** Whether a result keeps too little distance from the last counted one. */
export function isTooEarly(
  { minResultGapMs }: Policy,
  { countedMeasuredAtMs, countedArrivedAtMs }: Pick<Streak, 'countedMeasuredAtMs' | 'countedArrivedAtMs'>,
  { measuredAtMs, arrivedAtMs }: Benchmark,
): boolean {
  const measuredEarly =
    countedMeasuredAtMs !== null && !(measuredAtMs - countedMeasuredAtMs >= Math.max(1, minResultGapMs));
  const arrivedEarly = countedArrivedAtMs !== null && !(arrivedAtMs - countedArrivedAtMs >= minResultGapMs);
  return measuredEarly || arrivedEarly;
}
