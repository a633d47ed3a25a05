// What is remembered of a node's results for the sequential alarm: a few numbers for each score that has a
// limit. They are recorded with each accepted result, so that a decision can be replayed.

import type { AlarmRule } from './alarm-rule.ts';
import { type Bar, barOf, limitsOf } from './bar.ts';
import { type Benchmark, DEFAULT_CLASS, type Evidence } from './evidence.ts';
import { isTooEarly } from './hysteresis.ts';
import { findTooFew, findUnusable } from './judge-benchmark.ts';
import { countSamples } from './judge-score.ts';
import type { Policy } from './policy.ts';
import type { Reason } from './reason.ts';
import { alarmOf, E_DETECTOR_START, type EDetectorState, watchGrades } from './statistics/e-detector.ts';

export interface Watched {
  /** The limit that the evidence is about. */
  readonly asked: number;
  /** The state of the e-Shiryaev-Roberts detector. */
  readonly evidence: EDetectorState;
  /** How many prompts were graded since the evidence was last next to nothing. */
  readonly prompts: number;
  /** The sum of their grades. */
  readonly good: number;
}

export interface Watch {
  /** When the last result that counted was measured, and when it arrived. */
  readonly measuredAtMs: number;
  readonly arrivedAtMs: number;
  /** By metric, `overall` included. */
  readonly metrics: Readonly<Record<string, Watched>>;
}

/**
 * Evidence beyond this multiple of the limit is not kept, so that the way back from long bad behaviour is not
 * as long as the behaviour was.
 */
const MOST_EVIDENCE = 10;

/**
 * The pure fold behind `Evidence.watch`. A result that a policy cannot use, one on too few samples and one
 * that comes earlier than `minResultGapMs` after the last counted one change nothing: neither adds to the
 * evidence, and neither dilutes it.
 *
 * @returns undefined if the policy has no alarm
 */
export function nextWatch(
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
  for (const [metric, asked] of watchedLimits(bar)) {
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

/** What the alarm has on one score. */
export interface AlarmNumbers {
  readonly metric: string;
  /** The limit that the evidence is about. */
  readonly asked: number;
  /** Of the prompts since the evidence was last next to nothing, and their number. */
  readonly mean: number;
  readonly prompts: number;
  readonly evidence: number;
  /** The evidence at which the policy cuts. */
  readonly limit: number;
}

/** The alarm of one score, as a decision sees it. */
export interface ScoreAlarm extends AlarmNumbers {
  readonly rings: boolean;
}

/** The alarms of a node's scores, `overall` first; empty if the policy has no alarm or nothing is known. */
export function alarmsOf(policy: Policy, bar: Bar, watch: Watch | undefined): readonly ScoreAlarm[] {
  const { alarm } = policy;
  if (alarm === undefined || watch === undefined) return [];
  const alarms: ScoreAlarm[] = [];
  for (const [metric, limit] of watchedLimits(bar)) {
    const known = knownOf(watch, metric, limit);
    if (known === undefined) continue;
    const { asked, prompts, good } = known;
    const { evidence, limit: most, rings } = alarmOf(detectorOf(alarm, asked), known.evidence);
    alarms.push({ metric, asked, mean: good / prompts, prompts, evidence, limit: most, rings });
  }
  return alarms;
}

/** The alarm that rings, the one with the most evidence first; `undefined` if none does. */
export function findAlarm(policy: Policy, bar: Bar, { watch }: Evidence): Reason | undefined {
  let worst: ScoreAlarm | undefined;
  for (const one of alarmsOf(policy, bar, watch))
    if (one.rings && (worst === undefined || one.evidence > worst.evidence)) worst = one;
  if (worst === undefined) return undefined;
  const { rings: _, ...numbers } = worst;
  return { code: 'sequential_alarm', ...numbers };
}

/** The scores that an alarm can be about: nobody is below a limit of 0. */
function watchedLimits(bar: Bar): ReturnType<typeof limitsOf> {
  let limits = watchedOfBars.get(bar);
  if (limits === undefined) {
    limits = limitsOf(bar).filter(([, limit]) => limit > 0 && limit < 1);
    watchedOfBars.set(bar, limits);
  }
  return limits;
}

/** Bars do not change, and every result asks. */
const watchedOfBars = new WeakMap<Bar, ReturnType<typeof limitsOf>>();
