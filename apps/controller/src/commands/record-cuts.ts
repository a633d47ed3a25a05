// The disk takes writes again: since when it did not, and the denials that were in force before it had them, with the
// reasons that they had.

import type { EpochId } from '@mesh/primitives';
import type { Reason } from '@mesh/scoring';
import type { MeshEvent } from '../state/events.ts';
import { lastEpochId } from '../state/mesh-state.ts';
import { type Command, done } from './outcome.ts';

/**
 * @param cuts read when the command's turn comes: what was confirmed meanwhile is not written twice
 * @param failedSinceMs when storage began to fail; undefined where it does not
 */
export function recordCuts(
  cuts: () => ReadonlyMap<string, Reason>,
  failedSinceMs: () => number | undefined,
): Command<{ readonly denied: number }> {
  return (view) => {
    const since = failedSinceMs();
    const recovered: MeshEvent[] =
      since === undefined ? [] : [{ type: 'storage_recovered', failedSinceMs: since }];
    const denials: MeshEvent[] = [];
    for (const [nodeId, reason] of cuts()) {
      const node = view.node(nodeId);
      if (node?.membership !== 'admitted') continue;
      denials.push({
        type: 'node_denied',
        nodeId: node.nodeId,
        epochId: lastEpochId(view) as EpochId,
        reason,
      });
    }
    return done([...recovered, ...denials], { denied: denials.length });
  };
}
