// Denials that were in force before the disk took them: written down with the reason that they had.

import type { EpochId } from '@mesh/primitives';
import type { Reason } from '@mesh/scoring';
import type { MeshEvent } from '../state/events.ts';
import { lastEpochId } from '../state/mesh-state.ts';
import { type Command, done } from './outcome.ts';

/** @param cuts read when the command's turn comes: what was confirmed meanwhile is not written twice */
export function recordCuts(cuts: () => ReadonlyMap<string, Reason>): Command<{ readonly denied: number }> {
  return (view) => {
    const events: MeshEvent[] = [];
    for (const [nodeId, reason] of cuts()) {
      const node = view.node(nodeId);
      if (node?.membership !== 'admitted') continue;
      events.push({
        type: 'node_denied',
        nodeId: node.nodeId,
        epochId: lastEpochId(view) as EpochId,
        reason,
      });
    }
    return done(events, { denied: events.length });
  };
}
