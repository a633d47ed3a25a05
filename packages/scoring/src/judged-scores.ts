// Each score of a node that has a limit, with what is known of it, for people who look at a node. Decisions
// do not use this.

import { defined } from '@mesh/primitives';
import { barOf } from './bar.ts';
import type { Evidence } from './evidence.ts';
import { alarmsOf, type ScoreAlarm } from './find-alarm.ts';
import { countSamples, judgeScore, type ScoreInterval } from './judge-score.ts';
import type { Policy } from './policy.ts';

export interface JudgedScore {
  readonly metric: string;
  /** Undefined if the newest result lacks it. */
  readonly score: number | undefined;
  readonly samples: number;
  /** The threshold, or the metric's floor. */
  readonly limit: number;
  /** Absent where points are compared. */
  readonly interval?: ScoreInterval;
  /** Absent without an alarm, and while nothing is known. */
  readonly alarm?: ScoreAlarm;
}

/**
 * `overall` first, then the metrics with a floor by name; empty without a result, or for an unknown class.
 */
export function judgedScores(policy: Policy, evidence: Evidence): readonly JudgedScore[] {
  const { latest } = evidence;
  const bar = barOf(policy, evidence.className);
  if (bar === undefined || latest === undefined) return [];
  const alarms = alarmsOf(policy, bar, evidence.watch);
  return bar.limits.map(([metric, limit]) => {
    const score = Object.hasOwn(latest.scores, metric) ? latest.scores[metric] : undefined;
    return {
      metric,
      score,
      limit,
      samples: countSamples(latest.samples, metric),
      ...defined({
        interval: judgeScore(policy, latest, metric, limit).interval,
        alarm: alarms.find((alarm) => alarm.metric === metric),
      }),
    };
  });
}
