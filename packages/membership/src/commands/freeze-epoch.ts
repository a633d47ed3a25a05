// The freeze before a boundary. It decides on every node, fixes who is admitted to the coming epoch, and
// opens that epoch. A result that arrives later can admit its node at the next freeze at the earliest, but it
// can deny or limit it at once.
//
// Where many nodes come or go, most of it can be recorded before, some nodes at a time. A node that is
// admitted to an epoch is in when that epoch is opened. The freeze itself decides on everybody again.

import type { EpochId, NodeId } from '@mesh/primitives';
import { type Decision, decideMesh } from '@mesh/scoring';
import type { MeshEvent } from '../events/mesh-event.ts';
import { lastEpochId } from '../state/opened-epochs.ts';
import { evidenceOf, type NodeRecord } from '../state/records.ts';
import { declineEvents } from './decide-node.ts';
import { type Command, type CommandContext, done } from './outcome.ts';

export interface Freeze {
  readonly epochId: EpochId;
  readonly activateAtMs: number;
  readonly commitment: string;
  readonly cause: 'start' | 'boundary' | 'manual';
}

export function freezeEpoch(freeze: Freeze): Command {
  return (view, context) => {
    if (freeze.epochId <= lastEpochId(view))
      throw new RangeError(`epoch ${freeze.epochId} is not above ${lastEpochId(view)}`);
    const events: MeshEvent[] = [];
    let admitted = 0;
    for (const [nodeId, decision] of decide(view.nodes(), context)) {
      if (decision.allowed) admitted += 1;
      events.push(...changesBy(decision, nodeId, view.node(nodeId), freeze.epochId));
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
    return done(
      [...decide(nodes, context)].flatMap(([nodeId, decision]) =>
        changesBy(decision, nodeId, view.node(nodeId), epochId),
      ),
    );
  };
}

/** The nodes for which a freeze at this moment would change something, in order. */
export function changedByFreeze(nodes: readonly NodeRecord[], context: CommandContext): NodeId[] {
  const decisions = decide(nodes, context);
  return nodes
    .filter((node) => {
      const decision = decisions.get(node.nodeId);
      return decision !== undefined && changesBy(decision, node.nodeId, node, ANY_EPOCH).length > 0;
    })
    .map(({ nodeId }) => nodeId);
}

/** Whether something changes does not depend on the epoch. */
const ANY_EPOCH = 1 as EpochId;

function decide(
  nodes: Iterable<NodeRecord>,
  { policy, nowMs, stalenessWaived }: CommandContext,
): Map<NodeId, Decision> {
  return decideMesh({ kind: 'freeze', policy, nodes: candidates(nodes), nowMs, stalenessWaived });
}

function* candidates(
  nodes: Iterable<NodeRecord>,
): Iterable<{ nodeId: NodeId; evidence: ReturnType<typeof evidenceOf> }> {
  for (const node of nodes) yield { nodeId: node.nodeId, evidence: evidenceOf(node) };
}

function changesBy(
  decision: Decision,
  nodeId: NodeId,
  node: NodeRecord | undefined,
  epochId: EpochId,
): MeshEvent[] {
  const { allowed, reason } = decision;
  const events: MeshEvent[] = [];
  if (allowed !== (node?.membership === 'admitted'))
    events.push({ type: allowed ? 'node_admitted' : 'node_denied', nodeId, epochId, reason });
  if (allowed)
    events.push(...declineEvents({ nodeId, declining: node?.declining === true }, decision, epochId));
  return events;
}
