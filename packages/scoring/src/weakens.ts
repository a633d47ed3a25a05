// Says what a change of policy makes easier. Every sentence is a weakening; a change without any admits no
// node that the policy before it would have denied.
//
// The comparison is a partial order: where neither of two steps weakens, the two together do not either. So a
// weakening cannot be split into harmless parts.

import { otherAttestors } from './attestors.ts';
import { type Bar, barOf } from './bar.ts';
import { DEFAULT_CLASS } from './evidence.ts';
import { examWeakens } from './exams/exam-weakens.ts';
import { INTERVAL_SETTINGS, settingsFor } from './interval-rule.ts';
import type { Policy } from './policy.ts';
import { driftWeakens } from './signals/drift-weakens.ts';
import { changes, falls, rises } from './weaker-value.ts';

/**
 * What is weaker in `after` than in `before`, one sentence without a full stop for each; empty if nothing is.
 *
 * It compares what the policies ask of the nodes of each class, so a value that a class inherits counts for
 * that class too. A class that is new counts as a weakening, whatever it asks: its nodes were denied before.
 * A class that is gone does not: its nodes are denied from now on.
 */
export function weakens(before: Policy, after: Policy): readonly string[] {
  return [...ofAllNodes(before, after), ...ofClasses(before, after)];
}

function* ofAllNodes(before: Policy, after: Policy): Generator<string> {
  yield* rises('maxBenchmarkAgeMs', before.maxBenchmarkAgeMs, after.maxBenchmarkAgeMs);
  yield* rises('unreachableAfterMs', before.unreachableAfterMs, after.unreachableAfterMs);
  yield* rises('futureToleranceMs', before.futureToleranceMs, after.futureToleranceMs);
  yield* falls('minResultGapMs', before.minResultGapMs, after.minResultGapMs);
  yield* falls(
    'readmission.consecutiveGood',
    before.readmission.consecutiveGood,
    after.readmission.consecutiveGood,
  );
  yield* falls(
    'declining.consecutiveClear',
    before.declining.consecutiveClear,
    after.declining.consecutiveClear,
  );
  yield* fall('minSamples', before.minSamples ?? {}, after.minSamples ?? {});
  if (before.requireChallenge && !after.requireChallenge) yield 'requireChallenge is no longer set';
  yield* measurers(before, after);
  yield* otherAttestors(before.attestors, after.attestors);
  yield* otherDecision(before.decision, after.decision);
  yield* laterAlarm(before.alarm, after.alarm);
  yield* driftWeakens(before.drift, after.drift);
  yield* examWeakens(before, after);
  yield* rises('probation.measureEveryMs', before.probation?.measureEveryMs, after.probation?.measureEveryMs);
}

function* measurers({ measuredBy: before }: Policy, { measuredBy: after }: Policy): Generator<string> {
  if (before === undefined) return;
  if (after === undefined) yield `measuredBy is no longer limited to ${before.join(', ')}`;
  else {
    const added = after.filter((measurer) => !before.includes(measurer));
    if (added.length > 0) yield `measuredBy accepts ${added.join(', ')} too`;
  }
}

function* laterAlarm(before: Policy['alarm'], after: Policy['alarm']): Generator<string> {
  if (before === undefined) return;
  if (after === undefined) {
    yield 'alarm is gone: no evidence over several results cuts';
    return;
  }
  yield* rises('alarm.promptsPerFalseCut', before.promptsPerFalseCut, after.promptsPerFalseCut);
  // With more each result tells less, and with less a good result dilutes more.
  yield* changes('alarm.designEffect', before.designEffect, after.designEffect);
}

/**
 * Any other comparison makes something easier: points give no doubt in a node's favour, but good standing by
 * luck; a wider interval denies less, and a narrower one proves sooner. A metric's own settings count only
 * where they differ from those that it had.
 */
function* otherDecision(before: Policy['decision'], after: Policy['decision']): Generator<string> {
  if (before === undefined || after === undefined) {
    if (before !== undefined) yield 'decision is no longer interval: scores are compared as points';
    if (after !== undefined) yield 'decision is interval now: doubt about a score keeps its node in, limited';
    return;
  }
  const metrics = new Set([...Object.keys(before.metrics), ...Object.keys(after.metrics)]);
  const own = [...metrics].sort().map((metric) => [`decision.metrics.${metric}.`, metric] as const);
  for (const [path, metric] of [['decision.', undefined] as const, ...own]) {
    const [was, is] =
      metric === undefined ? [before, after] : [settingsFor(before, metric), settingsFor(after, metric)];
    for (const setting of INTERVAL_SETTINGS) yield* changes(`${path}${setting}`, was[setting], is[setting]);
  }
}

function* ofClasses(before: Policy, after: Policy): Generator<string> {
  for (const className of [DEFAULT_CLASS, ...after.classes.map(({ name }) => name)]) {
    const [was, is] = [barOf(before, className), barOf(after, className)];
    if (is === undefined) continue;
    const of = className === DEFAULT_CLASS ? '' : `class ${className}: `;
    if (was === undefined) yield `${of}it is new, and its nodes were denied until now`;
    else {
      yield* falls(`${of}threshold`, was.threshold, is.threshold);
      yield* fall(`${of}floors`, was.floors, is.floors);
      yield* falls(
        `${of}the score that readmits`,
        readmittingScore(was, before),
        readmittingScore(is, after),
      );
      yield* falls(`${of}declining.below`, was.declining.below, is.declining.below);
      yield* fall(`${of}declining.floors`, onlyBands(was.declining.floors), is.declining.floors);
    }
  }
}

function readmittingScore({ threshold }: Bar, { readmission }: Policy): number {
  return Math.max(threshold, readmission.threshold ?? 0);
}

/** A band that ends at 0 is none: without it nothing is easier. */
function onlyBands(floors: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(floors).filter(([, limit]) => limit > 0));
}

/** Values by metric. A metric that is no longer named is weaker even after 0: a floor of 0 must be met. */
function* fall(
  name: string,
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Generator<string> {
  for (const [metric, was] of Object.entries(before)) {
    if (!Object.hasOwn(after, metric)) yield `${name}.${metric} is no longer ${was}: it is gone`;
    else yield* falls(`${name}.${metric}`, was, after[metric] ?? 0);
  }
}
