// A warning band that no node could ever be in is its author's mistake, and is refused where it was written.

import { type Bar, barWith } from './bar.ts';
import { DEFAULT_CLASS } from './evidence.ts';
import type { Policy, PolicyClass } from './policy.ts';

export interface BandFault {
  readonly path: (string | number)[];
  readonly message: string;
}

/** The faults in the bands of a policy and its classes, each once and where it was written. */
export function findBandFaults(
  policy: Pick<Policy, 'threshold' | 'floors' | 'declining' | 'classes'>,
): BandFault[] {
  const { below, floors } = policy.declining;
  const own = barWith(policy, { name: DEFAULT_CLASS });
  return [
    ...faultsOf(own, below !== undefined, Object.keys(floors)),
    ...policy.classes.flatMap((own, index) =>
      ofClass(policy, own).map(({ path, message }) => ({ path: ['classes', index, ...path], message })),
    ),
  ];
}

/** A class is responsible for what it changes: the band's upper end, what lies below the band, or both. */
function ofClass(policy: Pick<Policy, 'threshold' | 'floors' | 'declining'>, own: PolicyClass): BandFault[] {
  const bar = barWith(policy, own);
  const changesBelow = own.threshold !== undefined || own.declining?.below !== undefined;
  const metrics = new Set([...Object.keys(own.floors ?? {}), ...Object.keys(own.declining?.floors ?? {})]);
  const { declining } = bar;
  return faultsOf(
    bar,
    changesBelow && declining.below !== 0,
    [...metrics].filter(
      (metric) => Object.hasOwn(declining.floors, metric) && declining.floors[metric] !== 0,
    ),
  );
}

function faultsOf({ threshold, floors, declining }: Bar, below: boolean, metrics: string[]): BandFault[] {
  const faults: BandFault[] = [];
  if (below && !(declining.below > threshold)) {
    faults.push({
      path: ['declining', 'below'],
      message: `${declining.below} is not above threshold ${threshold}: no node that stays could be below it`,
    });
  }
  for (const metric of metrics) {
    const path = ['declining', 'floors', metric];
    const limit = declining.floors[metric] ?? Number.NaN;
    const floor = Object.hasOwn(floors, metric) ? floors[metric] : undefined;
    if (floor === undefined) {
      const message = `has no floor: set floors.${metric}, to 0 at least, or a node could leave the metric out`;
      faults.push({ path, message });
    } else if (!(limit > floor)) {
      const message = `${limit} is not above floor ${floor}: no node that stays could be below it`;
      faults.push({ path, message });
    }
  }
  return faults;
}
