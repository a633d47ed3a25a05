// An interval rule that no node could meet, or that compares nothing, is its author's mistake, and is refused
// where it was written.

import type { BandFault } from './band-faults.ts';
import { barWith } from './bar.ts';
import { DEFAULT_CLASS } from './evidence.ts';
import type { Policy } from './policy.ts';

/** The faults in how a policy compares scores, each once and where it was written. */
export function findDecisionFaults(
  policy: Pick<Policy, 'threshold' | 'floors' | 'declining' | 'classes' | 'decision' | 'alarm'>,
): BandFault[] {
  const { decision, alarm, classes } = policy;
  if (decision === undefined && alarm === undefined) return [];
  return [
    ...limitsOfOne(policy.threshold, policy.floors, []),
    ...classes.flatMap(({ threshold, floors }, index) =>
      limitsOfOne(threshold, floors ?? {}, ['classes', index]),
    ),
    ...strangers(policy),
  ];
}

/** However many prompts are answered well, the lower end stays below 1. */
function limitsOfOne(
  threshold: number | undefined,
  floors: Readonly<Record<string, number>>,
  within: readonly (string | number)[],
): BandFault[] {
  const message = 'no number of prompts proves 1, and no alarm can watch for less: set it below 1';
  const metrics = Object.keys(floors).filter((metric) => floors[metric] === 1);
  return [
    ...(threshold === 1 ? [{ path: [...within, 'threshold'], message }] : []),
    ...metrics.map((metric) => ({ path: [...within, 'floors', metric], message })),
  ];
}

/** Settings for metrics that no class compares with anything. */
function strangers(policy: Pick<Policy, 'threshold' | 'floors' | 'declining' | 'classes' | 'decision'>) {
  const bars = [{ name: DEFAULT_CLASS }, ...policy.classes].map((own) => barWith(policy, own));
  const known = new Set(['overall', ...bars.flatMap(({ floors }) => Object.keys(floors))]);
  return Object.keys(policy.decision?.metrics ?? {})
    .filter((metric) => !known.has(metric))
    .map((metric) => ({
      path: ['decision', 'metrics', metric],
      message: `has no floor, so it is compared with nothing: set floors.${metric}, or remove it`,
    }));
}
