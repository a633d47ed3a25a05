// Finds what a command would do if it were recorded now. The rate limit uses the cost for its sender. A
// denial or a limit is put in force before it is on disk.

import type { NodeId } from '@mesh/primitives';
import { evaluate } from '@mesh/scoring';
import type { MeshEvent } from '../events/mesh-event.ts';
import { applyEvent } from '../state/apply-event.ts';
import { MeshDraft } from '../state/mesh-draft.ts';
import type { MeshView } from '../state/mesh-view.ts';
import { evidenceOf, type NodeRecord } from '../state/records.ts';
import { isHeld } from './deny-or-hold.ts';
import type { Command, CommandContext, Outcome } from './outcome.ts';

/** An event that is in force before the disk has it. */
export type UrgentEvent = Extract<MeshEvent, { type: 'node_denied' | 'node_declining' | 'node_held' }>;

/**
 * What a command costs its sender: its place in the mesh or its good standing, or the prospect of either for
 * a node that is not in yet.
 */
export type Cost = 'place' | 'standing' | 'nothing';

export interface Foreseen {
  readonly command: Command;
  readonly outcome: Outcome;
  /** The denials and limits that the command makes; empty if it is refused. */
  readonly urgent: readonly UrgentEvent[];
  readonly cost: Cost;
}

/**
 * Runs a command against a view, without changing anything.
 *
 * @param senderId the node whose cost is asked for; without it the cost is `nothing`
 * @throws what the command throws
 */
export function foresee(
  command: Command,
  view: MeshView,
  context: CommandContext,
  senderId?: NodeId,
): Foreseen {
  const outcome = command(view, context);
  const urgent = outcome.kind === 'done' ? outcome.events.filter(isUrgent) : [];
  const cost = senderId === undefined ? 'nothing' : costTo(senderId, outcome, view, context);
  return { command, outcome, urgent, cost };
}

function isUrgent(event: MeshEvent): event is UrgentEvent {
  return event.type === 'node_denied' || event.type === 'node_declining' || event.type === 'node_held';
}

function costTo(nodeId: NodeId, outcome: Outcome, view: MeshView, context: CommandContext): Cost {
  if (outcome.kind === 'refused') return 'nothing';
  const standingOnMerit = (node: NodeRecord | undefined) =>
    node === undefined ? 'denied' : evaluate(context.policy, evidenceOf(node), context.nowMs).standing;
  const node = view.node(nodeId);
  // A held node has lost its place already, so its failing results are not free of the rate limit.
  const isAdmitted = node?.membership === 'admitted' && !isHeld(node, context);
  const before = isAdmitted ? (node.declining ? 'declining' : 'good') : standingOnMerit(node);
  if (before === 'denied') return 'nothing';
  const draft = new MeshDraft(view);
  for (const event of outcome.events) applyEvent(draft, event, context.nowMs, context.policy);
  const after = standingOnMerit(draft.node(nodeId));
  if (after === 'denied') return 'place';
  return after === 'declining' && before === 'good' ? 'standing' : 'nothing';
}
