// Records what the disk refused while it failed: since when it failed, the commands that denied or limited,
// and the denials and declines that are in force but not on disk, with their reasons.

import type { EpochId, NodeId } from '@mesh/primitives';
import { causesOf, type Reason } from '@mesh/scoring';
import type { HeldEvent } from '../events/brake-event.ts';
import type { MeshEvent } from '../events/mesh-event.ts';
import { applyEvent } from '../state/apply-event.ts';
import { MeshDraft } from '../state/mesh-draft.ts';
import { lastEpochId } from '../state/opened-epochs.ts';
import { type Command, done } from './outcome.ts';

export interface Unrecorded {
  /** The commands that denied or limited and that the disk refused, oldest first. */
  readonly commands: readonly Command[];
  readonly cuts: ReadonlyMap<NodeId, Reason>;
  readonly declines: ReadonlyMap<NodeId, Reason>;
  readonly holds: ReadonlyMap<NodeId, HeldEvent>;
  /** When storage began to fail; undefined if it does not fail now. */
  readonly failedSinceMs: number | undefined;
}

/**
 * Runs the refused commands again, against what is true now. The denials alone are not enough: without the
 * revocation or the bad result behind a denial, its node would be admitted again at the next boundary. A
 * command that is refused now was overtaken by something else, and leaves no trace.
 *
 * @param unrecorded called when this command's turn comes, so that what was confirmed meanwhile is not
 *   written twice
 */
export function recordCuts(unrecorded: () => Unrecorded): Command {
  return (view, context) => {
    const { commands, cuts, declines, holds, failedSinceMs } = unrecorded();
    const epochId = lastEpochId(view) as EpochId;
    const draft = new MeshDraft(view);
    const events: MeshEvent[] =
      failedSinceMs === undefined ? [] : [{ type: 'storage_recovered', failedSinceMs }];
    const add = (added: readonly MeshEvent[]) => {
      for (const event of added) applyEvent(draft, event, context.nowMs, context.policy);
      events.push(...added);
    };
    for (const command of commands) {
      const outcome = command(draft, context);
      if (outcome.kind === 'done') add(outcome.events);
    }
    for (const [nodeId, reason] of cuts) {
      const node = draft.node(nodeId);
      if (node?.membership !== 'admitted') continue;
      // The cut is in force, so the brake has let it pass. It counts.
      const causes = causesOf(reason, {});
      add([
        {
          ...{ type: 'node_denied', nodeId: node.nodeId, epochId, reason, recordedLate: true },
          ...(causes.length > 0 && { causes }),
        },
      ]);
    }
    for (const [nodeId, reason] of declines) {
      const node = draft.node(nodeId);
      if (node?.membership !== 'admitted' || node.declining) continue;
      add([{ type: 'node_declining', nodeId: node.nodeId, epochId, reason, recordedLate: true }]);
    }
    for (const held of holds.values()) {
      const node = draft.node(held.nodeId);
      if (node?.membership === 'admitted' && node.hold === undefined) add([{ ...held, recordedLate: true }]);
    }
    return done(events);
  };
}
