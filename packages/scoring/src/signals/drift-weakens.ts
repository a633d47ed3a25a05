// Says what a change of the drift signals makes easier. Signals that only advise cost nobody anything, so
// they may change.

import { changes, falls, rises } from '../weaker-value.ts';
import { DRIFT_SIGNALS, type DriftRule, type DriftSignalName } from './drift-rule.ts';

/** Which way each value makes a signal less sensitive; with `changes` either way may. */
const WEAKER: Readonly<Record<DriftSignalName, Readonly<Record<string, typeof falls>>>> = {
  ewma: { weight: changes, width: rises },
  cusum: { slack: rises, threshold: rises },
  level: { wander: changes, width: rises },
  outlier: { seed: changes, score: rises, results: rises },
  reputation: { halfLifeMs: changes, below: falls },
};

/** One sentence without a full stop for each weakening. */
export function* driftWeakens(
  before: DriftRule | undefined,
  after: DriftRule | undefined,
): Generator<string> {
  if (before === undefined) return;
  const acting = DRIFT_SIGNALS.filter((signal) => (before[signal]?.action ?? 'advise') !== 'advise');
  for (const signal of acting) {
    const [was, is] = [before[signal], after?.[signal]];
    if (was === undefined) continue;
    if (is === undefined) {
      yield `drift.${signal} is gone`;
      continue;
    }
    yield* changes(`drift.${signal}.action`, was.action, is.action);
    for (const [name, weaker] of Object.entries(WEAKER[signal]))
      yield* weaker(`drift.${signal}.${name}`, numberOf(was, name), numberOf(is, name));
  }
  if (acting.length === 0 || after === undefined) return;
  yield* rises('drift.learn', before.learn, after.learn);
  yield* changes('drift.memory', before.memory, after.memory);
}

const numberOf = (rule: object, name: string): number =>
  (rule as Readonly<Record<string, number>>)[name] ?? 0;
