// The lines of the graph: each pair of shown nodes in the worse of the states that its two ends are in. Pure.

import type { LiveNode } from '@mesh/protocol';
import type { MeshModel } from '../live/mesh-model.ts';
import { type PairState, pairState } from '../matrix/pair-state.ts';

/** What is worse comes later, and is drawn over what comes before. */
export const BEST_FIRST: readonly PairState[] = [
  'none',
  'up',
  'old',
  'leaving',
  'waiting',
  'epochs',
  'one_end',
  'overdue',
];

export interface GraphPair {
  /** Positions in the list of nodes. */
  readonly from: number;
  readonly to: number;
  readonly state: PairState;
}

/** Pairs without a tunnel are left out. */
export function graphPairs(
  model: MeshModel,
  nodes: readonly LiveNode[],
  controllerNowMs: number,
): readonly GraphPair[] {
  const pairs: GraphPair[] = [];
  for (const [from, a] of nodes.entries())
    for (const [to, b] of nodes.entries()) {
      if (to <= from) continue;
      const state = worse(
        pairState(model, a.n, b.n, controllerNowMs),
        pairState(model, b.n, a.n, controllerNowMs),
      );
      if (state !== 'none') pairs.push({ from, to, state });
    }
  return pairs;
}

const worse = (a: PairState, b: PairState): PairState =>
  BEST_FIRST.indexOf(a) > BEST_FIRST.indexOf(b) ? a : b;

/** How many of a node's pairs are in which state. */
export function tally(pairs: readonly GraphPair[], at: number): ReadonlyMap<PairState, number> {
  const counts = new Map<PairState, number>();
  for (const { from, to, state } of pairs)
    if (from === at || to === at) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}
