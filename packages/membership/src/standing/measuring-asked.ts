// What is asked of a node's measuring under a policy: signals beside its scores, and a pace for a node that
// is on probation or declining.

import { defined } from '@mesh/primitives';
import type { BenchmarkAnswer } from '@mesh/protocol';
import type { Policy } from '@mesh/scoring';

export interface Watchfulness {
  readonly declining: boolean;
  readonly onProbation: boolean;
}

/** @returns undefined if nothing is asked */
export function measuringAsked(
  { drift, probation }: Pick<Policy, 'drift' | 'probation'>,
  { declining, onProbation }: Watchfulness,
): BenchmarkAnswer['measuring'] {
  const intervalMs = declining || onProbation ? probation?.measureEveryMs : undefined;
  if (drift === undefined && intervalMs === undefined) return undefined;
  return {
    ...defined({ interval_ms: intervalMs }),
    ...(drift === undefined ? {} : { signals: true }),
  };
}
