// Decides on one node: at a freeze, or at once, when something arrives that could deny it or change its
// standing. A decision at once can deny the node, limit it, or end its limit. Admission waits for the next
// freeze.

import type { EpochId, NodeId } from '@mesh/primitives';
import { type Decision, decideMesh, type MeshQuestion } from '@mesh/scoring';
import type { MeshEvent } from '../events/mesh-event.ts';
import { applyEvent } from '../state/apply-event.ts';
import { MeshDraft } from '../state/mesh-draft.ts';
import type { MeshView } from '../state/mesh-view.ts';
import { lastEpochId } from '../state/opened-epochs.ts';
import { evidenceOf, type NodeRecord } from '../state/records.ts';
import { denyOrHold, endOfHold } from './deny-or-hold.ts';
import type { CommandContext } from './outcome.ts';

/**
 * Returns `events`, and after them what they lead to for an admitted node: its denial, or a change of its
 * standing.
 */
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
  if (decision.allowed)
    return [
      ...events,
      ...endOfHold(node, epochId),
      ...declineEvents(node, decision, epochId),
      ...probationEvents(node, decision, epochId, context),
    ];
  const denial = { node, reason: decision.reason, newSuiteVersion: newSuiteOf(view.node(nodeId), node) };
  return [...events, ...denyOrHold(draft, context, epochId, [denial])];
}

/** The suite of a result that was just accepted, if the node's result before it was of another suite. */
function newSuiteOf(before: NodeRecord | undefined, { latest }: NodeRecord): string | undefined {
  const previous = before?.latest?.suiteVersion;
  return previous === undefined || previous === latest?.suiteVersion ? undefined : latest?.suiteVersion;
}

/** Decides on one node between two freezes. A node that is out stays out. */
export function decideAtOnce(node: NodeRecord, context: CommandContext): Decision {
  return decideOne('instant', node, context);
}

/** Decides on one node at a freeze. */
export function decideAtFreeze(node: NodeRecord, context: CommandContext): Decision {
  return decideOne('freeze', node, context);
}

function decideOne(
  kind: MeshQuestion['kind'],
  node: NodeRecord,
  { policy, nowMs, stalenessWaived }: CommandContext,
): Decision {
  const nodes = [{ nodeId: node.nodeId, evidence: evidenceOf(node) }];
  const decision = decideMesh({ kind, policy, nodes, nowMs, stalenessWaived }).get(node.nodeId);
  if (decision === undefined) throw new RangeError(`node ${node.nodeId} was not decided on`);
  return decision;
}

/**
 * The event of an allowed node whose standing the decision changes: it begins to decline, or it has
 * recovered.
 */
export function declineEvents(
  { nodeId, declining }: Pick<NodeRecord, 'nodeId' | 'declining'>,
  { standing, reason }: Decision,
  epochId: EpochId,
): MeshEvent[] {
  const declines = standing === 'declining';
  if (declines === declining) return [];
  return [{ type: declines ? 'node_declining' : 'node_recovered', nodeId, epochId, reason }];
}

/** The event of an allowed node that a drift signal puts on probation and that is not on such a one. */
export function probationEvents(
  { nodeId, probationSince }: Pick<NodeRecord, 'nodeId' | 'probationSince'>,
  { probation: reason }: Decision,
  epochId: EpochId,
  { probationEpochs }: Pick<CommandContext, 'probationEpochs'>,
): MeshEvent[] {
  if (reason === undefined || probationEpochs === undefined) return [];
  if (probationSince !== undefined && epochId < probationSince + probationEpochs) return [];
  return [{ type: 'probation_began', nodeId, epochId, reason }];
}
