// A pace of measuring that no result would count at, or that would not keep a node fresh, is its author's
// mistake, and is refused where it was written.

import type { BandFault } from './band-faults.ts';
import type { Policy } from './policy.ts';

/** What is wrong with how often a node on probation is to measure. */
export function findPaceFaults({
  probation,
  minResultGapMs,
  maxBenchmarkAgeMs,
}: Pick<Policy, 'probation' | 'minResultGapMs' | 'maxBenchmarkAgeMs'>): BandFault[] {
  if (probation === undefined) return [];
  const { measureEveryMs } = probation;
  const path = ['probation', 'measureEveryMs'];
  // Agents vary their interval by up to a tenth.
  if (measureEveryMs * 0.9 < minResultGapMs)
    return [
      {
        path,
        message: `${measureEveryMs}, less a tenth by which intervals vary, is below minResultGapMs ${minResultGapMs}: most results would not count`,
      },
    ];
  if (measureEveryMs >= maxBenchmarkAgeMs)
    return [{ path, message: `${measureEveryMs} is not below maxBenchmarkAgeMs ${maxBenchmarkAgeMs}` }];
  return [];
}
