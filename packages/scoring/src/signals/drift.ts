// What the drift signals remember of a node's results: a few numbers for each dimension. They are recorded
// with each accepted result, so that what they say can be computed again.

import type { LevelBelief } from '../statistics/local-level.ts';
import type { Reputation } from '../statistics/reputation.ts';
import type { Baseline } from './baseline.ts';

/** One dimension of one node. What a signal remembers is absent while the policy does not have the signal. */
export interface DriftDimension extends Baseline {
  /** The moving average of the deviations from the usual. */
  readonly ewma?: number;
  readonly cusum?: number;
  readonly level?: LevelBelief;
}

export interface Drift {
  /** When the last result that counted was measured, and when it arrived. */
  readonly measuredAtMs: number;
  readonly arrivedAtMs: number;
  /** By the name of the dimension. */
  readonly dimensions: Readonly<Record<string, DriftDimension>>;
  /** How much the last result stands out, 0 to 1, and how many in a row have. */
  readonly outlier?: { readonly score: number; readonly inARow: number };
  readonly reputation?: Reputation;
}
