// Denies nodes at the moment at which their benchmarks turn stale, or at which the brake's hold of them ends.

import type { EpochId, NodeId } from '@mesh/primitives';
import { lastEpochId } from '../state/opened-epochs.ts';
import { decideOnNodes } from './decide-nodes.ts';
import { type Command, done } from './outcome.ts';

/** Decides on the given nodes again. Those that are no longer good enough are denied. */
export function denyStale(nodeIds: readonly NodeId[]): Command {
  return (view, context) => {
    const admitted = nodeIds
      .map((nodeId) => view.node(nodeId))
      .filter((node) => node !== undefined)
      .filter(({ membership }) => membership === 'admitted');
    return done(decideOnNodes(admitted, view, context, lastEpochId(view) as EpochId).events);
  };
}
