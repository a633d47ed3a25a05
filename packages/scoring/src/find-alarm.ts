// What the sequential alarm says of a node, from what is remembered of its results.

import type { Bar } from './bar.ts';
import type { Evidence } from './evidence.ts';
import type { Policy } from './policy.ts';
import type { Reason } from './reason.ts';
import { alarmOf } from './statistics/e-detector.ts';
import { detectorOf, knownOf, type Watch } from './watch.ts';

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
  for (const [metric, limit] of bar.watched) {
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
