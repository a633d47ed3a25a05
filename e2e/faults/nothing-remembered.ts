// Drift signals that remember nothing of a node's results.

import type { Drift } from '../../packages/scoring/src/signals/drift.ts';

export type { Drift, DriftDimension } from '../../packages/scoring/src/signals/drift.ts';

export function nextDrift(): Drift | undefined {
  return undefined;
}
