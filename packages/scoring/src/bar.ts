// What a node of one class has to reach to be admitted, and to be in good standing.

import { DEFAULT_CLASS } from './evidence.ts';
import { examsDecline } from './exams/exam-rule.ts';
import type { Policy, PolicyClass } from './policy.ts';
import { leadsTo } from './signals/drift-rule.ts';

/** The bar that a node of one class has to clear. */
export interface Bar {
  readonly className: string;
  readonly threshold: number;
  readonly floors: Readonly<Record<string, number>>;
  /** The upper end of the warning band; 0 means no band, because no score is below it. */
  readonly declining: { readonly below: number; readonly floors: Readonly<Record<string, number>> };
  /** What each metric has to reach: `overall` first, then the metrics with a floor by name. */
  readonly limits: Limits;
  /** The limits that an alarm can be about: nobody is below 0, and a detector asks for less than 1. */
  readonly watched: Limits;
}

type Limits = readonly (readonly [metric: string, limit: number])[];

/**
 * The bar of a class; `undefined` if the policy knows no class of that name. A policy does not change, so its
 * bars are made once: a freeze asks for one for every node.
 */
export function barOf(policy: Policy, className: string = DEFAULT_CLASS): Bar | undefined {
  let bars = barsOf.get(policy);
  if (bars === undefined) {
    bars = new Map();
    for (const own of [...policy.classes].reverse()) bars.set(own.name, barWith(policy, own));
    bars.set(DEFAULT_CLASS, barWith(policy, { name: DEFAULT_CLASS }));
    barsOf.set(policy, bars);
  }
  return bars.get(className);
}

/** The bars already made. If a class is listed twice, its first entry counts. */
const barsOf = new WeakMap<Policy, Map<string, Bar>>();

/** Whether a node of any class can be declining. */
export function canDecline(policy: Policy): boolean {
  return [{ name: DEFAULT_CLASS }, ...policy.classes].some((own) =>
    canDeclineBy(policy, barWith(policy, own)),
  );
}

/**
 * Whether a node of the bar's class can be declining: the class has a warning band, a score can be undecided,
 * or a signal or a gap limits.
 */
export function canDeclineBy(policy: Policy, { declining }: Bar): boolean {
  if (policy.decision !== undefined || leadsTo(policy.drift, 'declining') || examsDecline(policy.exams))
    return true;
  return declining.below !== 0 || Object.values(declining.floors).some((limit) => limit !== 0);
}

/** The bar of one class of a policy; the class's settings override the policy's own. */
export function barWith(policy: Pick<Policy, 'threshold' | 'floors' | 'declining'>, own: PolicyClass): Bar {
  const threshold = own.threshold ?? policy.threshold;
  const floors = laidOver(policy.floors, own.floors);
  const byName = Object.entries(floors).sort(([one], [other]) => (one < other ? -1 : 1));
  const limits: Limits = [['overall', threshold], ...byName];
  return {
    className: own.name,
    threshold,
    floors,
    declining: {
      below: own.declining?.below ?? policy.declining.below ?? 0,
      floors: laidOver(policy.declining.floors, own.declining?.floors),
    },
    limits,
    watched: limits.filter(([, limit]) => limit > 0 && limit < 1),
  };
}

function laidOver(
  base: Readonly<Record<string, number>>,
  own: Readonly<Record<string, number>> | undefined,
): Readonly<Record<string, number>> {
  return own === undefined ? base : { ...base, ...own };
}
