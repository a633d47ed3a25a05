// The moment at which a benchmark turns stale denies its node at once.

import type { NodeId } from '@mesh/primitives';
import { withDecision } from './decide-node.ts';
import { type Command, done } from './outcome.ts';

/** Judges the given nodes again; those that are no longer good enough are denied, the others left alone. */
export function denyStale(nodeIds: readonly NodeId[]): Command<{ readonly denied: number }> {
  return (view, context) => {
    const events = nodeIds.flatMap((nodeId) => withDecision(view, context, nodeId, []));
    return done(events, { denied: events.filter((event) => event.type === 'node_denied').length });
  };
}
