// The freeze before a boundary. It decides on every node, fixes who is admitted to the coming epoch, and
// opens that epoch. A result that arrives later can admit its node at the next freeze at the earliest, but it
// can deny or limit it at once.
//
// Where many nodes come or go, most of it can be recorded before, some nodes at a time. A node that is
// admitted to an epoch is in when that epoch is opened. The freeze itself decides on everybody again.

import type { EpochId, NodeId } from '@mesh/primitives';
import type { Decision } from '@mesh/scoring';
import type { Actor } from '../events/actor.ts';
import type { MeshEvent } from '../events/mesh-event.ts';
import { lastEpochId } from '../state/opened-epochs.ts';
import type { NodeRecord } from '../state/records.ts';
import { decideAtFreeze, declineEvents } from './decide-node.ts';
import { type Command, type CommandContext, done } from './outcome.ts';

export interface Freeze {
  readonly epochId: EpochId;
  readonly activateAtMs: number;
  readonly commitment: string;
  readonly cause: 'start' | 'boundary' | 'manual';
  /** Who asked for the epoch; absent unless the cause is `manual`. */
  readonly actor?: Actor;
}

export function freezeEpoch(freeze: Freeze): Command {
  return (view, context) => {
    if (freeze.epochId <= lastEpochId(view))
      throw new RangeError(`epoch ${freeze.epochId} is not above ${lastEpochId(view)}`);
    const events: MeshEvent[] = [];
    let admitted = 0;
    // One node at a time: the decisions about thousands of nodes would be held only to be looked at once.
    for (const node of view.nodes()) {
      const decision = decideAtFreeze(node, context);
      if (decision.allowed) admitted += 1;
      events.push(...changesBy(decision, node, freeze.epochId));
    }
    events.push({ type: 'epoch_opened', ...freeze, admittedCount: admitted });
    return done(events);
  };
}

/** Decides on some nodes for an epoch that a freeze will open. */
export function decideAhead(epochId: EpochId, nodeIds: readonly NodeId[]): Command {
  return (view, context) => {
    if (epochId <= lastEpochId(view)) return done([]);
    const nodes = nodeIds.map((nodeId) => view.node(nodeId)).filter((node) => node !== undefined);
    return done(nodes.flatMap((node) => changesBy(decideAtFreeze(node, context), node, epochId)));
  };
}

/** The nodes for which a freeze at this moment would change something, in order. */
export function changedByFreeze(nodes: readonly NodeRecord[], context: CommandContext): NodeId[] {
  const changed = nodes.filter(
    (node) => changesBy(decideAtFreeze(node, context), node, ANY_EPOCH).length > 0,
  );
  return changed.map(({ nodeId }) => nodeId);
}

/** Whether something changes does not depend on the epoch. */
const ANY_EPOCH = 1 as EpochId;

function changesBy(
  decision: Decision,
  { nodeId, membership, declining }: NodeRecord,
  epochId: EpochId,
): readonly MeshEvent[] {
  const { allowed, reason } = decision;
  if (!allowed) return membership === 'admitted' ? [{ type: 'node_denied', nodeId, epochId, reason }] : [];
  const declines = declineEvents({ nodeId, declining }, decision, epochId);
  return membership === 'admitted'
    ? declines
    : [{ type: 'node_admitted', nodeId, epochId, reason }, ...declines];
}
