// The freeze before a boundary. It decides on every node, fixes who is admitted to the coming epoch, and
// opens that epoch. A result that arrives later can admit its node at the next freeze at the earliest, but it
// can deny or limit it at once.
//
// Where many nodes come or go, most of it can be recorded before, some nodes at a time. A node that is
// admitted to an epoch is in when that epoch is opened. The freeze itself decides on everybody again.

import type { EpochId, NodeId } from '@mesh/primitives';
import { shortfallOf } from '@mesh/scoring';
import type { Actor } from '../events/actor.ts';
import { lastEpochId } from '../state/opened-epochs.ts';
import type { NodeRecord } from '../state/records.ts';
import { decideAtFreeze } from './decide-node.ts';
import { changeBy, decideOnNodes } from './decide-nodes.ts';
import { isHeld } from './deny-or-hold.ts';
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
    const { events, admitted } = decideOnNodes(view.nodes(), view, context, freeze.epochId);
    return done([...events, { type: 'epoch_opened', ...freeze, admittedCount: admitted }]);
  };
}

/** Decides on some nodes for an epoch that a freeze will open. */
export function decideAhead(epochId: EpochId, nodeIds: readonly NodeId[]): Command {
  return (view, context) => {
    if (epochId <= lastEpochId(view)) return done([]);
    const nodes = nodeIds.map((nodeId) => view.node(nodeId)).filter((node) => node !== undefined);
    return done(decideOnNodes(nodes, view, context, epochId).events);
  };
}

/** A node that a freeze would change, and how far it falls short; 0 if it is not to be denied. */
export interface ChangedNode {
  readonly nodeId: NodeId;
  readonly shortfall: number;
}

/** The nodes for which a freeze at this moment would change something, in order. */
export function changedByFreeze(nodes: readonly NodeRecord[], context: CommandContext): ChangedNode[] {
  return nodes.flatMap((node) => {
    const change = changeBy(decideAtFreeze(node, context), node, ANY_EPOCH, context);
    if (change.kind === 'denial')
      return isHeld(node, context)
        ? []
        : [{ nodeId: node.nodeId, shortfall: shortfallOf(change.denial.reason) }];
    return change.events.length > 0 ? [{ nodeId: node.nodeId, shortfall: 0 }] : [];
  });
}

/** Only whether a probation begins anew depends on the epoch: that is left to the freeze. */
const ANY_EPOCH = 1 as EpochId;
