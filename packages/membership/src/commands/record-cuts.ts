// The disk takes writes again: since when it did not, what it refused of that which denied or limited, and the denials and
// declines that were in force before it had them, with the reasons that they had.

import type { EpochId, NodeId } from '@mesh/primitives';
import type { Reason } from '@mesh/scoring';
import type { MeshEvent } from '../events/mesh-event.ts';
import { applyEvent } from '../state/apply-event.ts';
import { lastEpochId, MeshDraft } from '../state/mesh-state.ts';
import { type Command, done } from './outcome.ts';

export interface Unrecorded {
  /** The commands that denied or limited and that the disk refused, oldest first. */
  readonly commands: readonly Command<unknown>[];
  readonly cuts: ReadonlyMap<NodeId, Reason>;
  readonly declines: ReadonlyMap<NodeId, Reason>;
  /** When storage began to fail; undefined where it does not. */
  readonly failedSinceMs: number | undefined;
}

/**
 * Runs the refused commands against what is true now: without the revocation or the bad result, a denial alone would
 * let its node back in at the next boundary. One that is refused now was overtaken, and leaves no trace.
 *
 * @param unrecorded read when the command's turn comes: what was confirmed meanwhile is not written twice
 */
export function recordCuts(unrecorded: () => Unrecorded): Command<{ readonly denied: number }> {
  return (view, context) => {
    const { commands, cuts, declines, failedSinceMs } = unrecorded();
    const epochId = lastEpochId(view) as EpochId;
    const draft = new MeshDraft(view);
    const events: MeshEvent[] =
      failedSinceMs === undefined ? [] : [{ type: 'storage_recovered', failedSinceMs }];
    const take = (taken: readonly MeshEvent[]) => {
      for (const event of taken) applyEvent(draft, event, context.nowMs, context.policy);
      events.push(...taken);
    };
    for (const command of commands) {
      const outcome = command(draft, context);
      if (outcome.kind === 'done') take(outcome.events);
    }
    for (const [nodeId, reason] of cuts) {
      const node = draft.node(nodeId);
      if (node?.membership !== 'admitted') continue;
      take([{ type: 'node_denied', nodeId: node.nodeId, epochId, reason }]);
    }
    for (const [nodeId, reason] of declines) {
      const node = draft.node(nodeId);
      if (node?.membership !== 'admitted' || node.declining) continue;
      take([{ type: 'node_declining', nodeId: node.nodeId, epochId, reason }]);
    }
    return done(events, { denied: events.filter((event) => event.type === 'node_denied').length });
  };
}
