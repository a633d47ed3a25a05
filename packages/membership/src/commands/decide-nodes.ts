// Decides on several nodes of one moment together, because the brake looks at their denials together.

import type { EpochId } from '@mesh/primitives';
import type { Decision } from '@mesh/scoring';
import type { MeshEvent } from '../events/mesh-event.ts';
import type { MeshView } from '../state/mesh-view.ts';
import type { NodeRecord } from '../state/records.ts';
import { decideAtFreeze, declineEvents, probationEvents } from './decide-node.ts';
import { type DueDenial, denyOrHold, endOfHold } from './deny-or-hold.ts';
import type { CommandContext } from './outcome.ts';

/** What a decision does to a node. A denial goes to the brake. */
export type Change =
  | { readonly kind: 'events'; readonly events: readonly MeshEvent[] }
  | { readonly kind: 'denial'; readonly denial: DueDenial };

/**
 * The events of a freeze for these nodes, and how many of them are in then. For admitted nodes a decision
 * between two freezes is the same.
 */
export function decideOnNodes(
  nodes: Iterable<NodeRecord>,
  view: MeshView,
  context: CommandContext,
  epochId: EpochId,
): { readonly events: readonly MeshEvent[]; readonly admitted: number } {
  const events: MeshEvent[] = [];
  const denials: DueDenial[] = [];
  let allowed = 0;
  // One node at a time: the decisions about thousands of nodes would be held only to be looked at once.
  for (const node of nodes) {
    const decision = decideAtFreeze(node, context);
    if (decision.allowed) allowed += 1;
    const change = changeBy(decision, node, epochId, context);
    if (change.kind === 'denial') denials.push(change.denial);
    else events.push(...change.events);
  }
  const braked = denyOrHold(view, context, epochId, denials);
  const cut = braked.filter(({ type }) => type === 'node_denied').length;
  return { events: [...events, ...braked], admitted: allowed + denials.length - cut };
}

export function changeBy(
  decision: Decision,
  node: NodeRecord,
  epochId: EpochId,
  context: CommandContext,
): Change {
  const { nodeId, membership, declining } = node;
  const { allowed, reason } = decision;
  if (!allowed)
    return membership === 'admitted'
      ? { kind: 'denial', denial: { node, reason } }
      : { kind: 'events', events: [] };
  const limits = [
    ...declineEvents({ nodeId, declining }, decision, epochId),
    ...probationEvents(node, decision, epochId, context),
  ];
  return {
    kind: 'events',
    events:
      membership === 'admitted'
        ? [...endOfHold(node, epochId), ...limits]
        : [{ type: 'node_admitted', nodeId, epochId, reason }, ...limits],
  };
}
