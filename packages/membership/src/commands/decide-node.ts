// A decision on one node at once, whenever something arrives that could deny it or change how it stands. It can limit
// and deny, and end a limit; admission waits for the next freeze.

import type { EpochId, NodeId } from '@mesh/primitives';
import { type Decision, decideMesh } from '@mesh/scoring';
import type { MeshEvent } from '../events/mesh-event.ts';
import { applyEvent } from '../state/apply-event.ts';
import { evidenceOf, lastEpochId, MeshDraft, type MeshView, type NodeRecord } from '../state/mesh-state.ts';
import type { CommandContext } from './outcome.ts';

/** `events` and what follows from them for an admitted node: the loss of its place, or another standing in it. */
export function withDecision(
  view: MeshView,
  context: CommandContext,
  nodeId: NodeId,
  events: readonly MeshEvent[],
): MeshEvent[] {
  const draft = new MeshDraft(view);
  for (const event of events) applyEvent(draft, event, context.nowMs, context.policy);
  const node = draft.node(nodeId);
  if (node === undefined || node.membership !== 'admitted') return [...events];
  const decision = decideAtOnce(node, context);
  const epochId = lastEpochId(view) as EpochId;
  if (decision.allowed) return [...events, ...standingEvents(node, decision, epochId)];
  return [...events, { type: 'node_denied', nodeId: node.nodeId, epochId, reason: decision.reason }];
}

/** The decision on one node between two freezes: a node that is out stays out. */
export function decideAtOnce(node: NodeRecord, { policy, nowMs, stalenessWaived }: CommandContext): Decision {
  const nodes = [{ nodeId: node.nodeId, evidence: evidenceOf(node) }];
  const decision = decideMesh({ kind: 'instant', policy, nodes, nowMs, stalenessWaived }).get(node.nodeId);
  if (decision === undefined) throw new RangeError(`node ${node.nodeId} was not decided on`);
  return decision;
}

/** What an allowed node's decision changes in how it stands. */
export function standingEvents(
  { nodeId, declining }: Pick<NodeRecord, 'nodeId' | 'declining'>,
  { standing, reason }: Decision,
  epochId: EpochId,
): MeshEvent[] {
  const declines = standing === 'declining';
  if (declines === declining) return [];
  return [{ type: declines ? 'node_declining' : 'node_recovered', nodeId, epochId, reason }];
}
