// Denies nodes at the moment at which their benchmarks turn stale.

import type { NodeId } from '@mesh/primitives';
import { withDecision } from './decide-node.ts';
import { type Command, done } from './outcome.ts';

/** Decides on the given nodes again. Those that are no longer good enough are denied. */
export function denyStale(nodeIds: readonly NodeId[]): Command {
  return (view, context) => {
    return done(nodeIds.flatMap((nodeId) => withDecision(view, context, nodeId, [])));
  };
}
