// Says what a change of the drift signals makes easier. Signals that only advise cost nobody anything, so
// they may change.

import { DRIFT_SIGNALS, type DriftRule, type DriftSignalName } from './drift-rule.ts';

/** Which way each value makes a signal less sensitive; with `changes` either way may. */
const WEAKER: Readonly<Record<DriftSignalName, Readonly<Record<string, 'rises' | 'falls' | 'changes'>>>> = {
  ewma: { weight: 'changes', width: 'rises' },
  cusum: { slack: 'rises', threshold: 'rises' },
  level: { wander: 'changes', width: 'rises' },
  outlier: { seed: 'changes', score: 'rises', results: 'rises' },
  reputation: { halfLifeMs: 'changes', below: 'falls' },
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
    if (was.action !== is.action) yield `drift.${signal}.action changes from ${was.action} to ${is.action}`;
    for (const [name, way] of Object.entries(WEAKER[signal]))
      yield* compared(`drift.${signal}.${name}`, way, numberOf(was, name), numberOf(is, name));
  }
  if (acting.length === 0 || after === undefined) return;
  yield* compared('drift.learn', 'rises', before.learn, after.learn);
  yield* compared('drift.memory', 'changes', before.memory, after.memory);
}

const numberOf = (rule: object, name: string): number =>
  (rule as Readonly<Record<string, number>>)[name] ?? 0;

function* compared(
  path: string,
  way: 'rises' | 'falls' | 'changes',
  was: number,
  is: number,
): Generator<string> {
  const isWeaker = way === 'rises' ? is > was : way === 'falls' ? is < was : is !== was;
  if (isWeaker) yield `${path} ${way} from ${was} to ${is}`;
}
