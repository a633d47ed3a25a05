// Whether a message costs its node its place or its good standing, or the prospect of them. Only such a message may use the
// reserve: to refuse it for rate would keep a node in, or unlimited, that has just gone bad. A node can do so once: it has to
// be good again, for which there is no reserve, before it can go bad again.

import type { Command, CommandContext, MeshView } from '@mesh/membership';
import { applyEvent, evidenceOf, MeshDraft, type NodeRecord } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import { evaluate } from '@mesh/scoring';

export interface TakesPlacePorts {
  readonly view: MeshView;
  readonly journal: { context(): CommandContext };
}

/** @param command what the message is about to do */
export function takesPlaceOrStanding(
  { view, journal }: TakesPlacePorts,
  nodeId: NodeId,
  command: Command<unknown>,
): boolean {
  const context = journal.context();
  const standingOf = (node: NodeRecord | undefined) =>
    node === undefined ? 'denied' : evaluate(context.policy, evidenceOf(node), context.nowMs).standing;
  const node = view.node(nodeId);
  const isAdmitted = node?.membership === 'admitted';
  const before = isAdmitted ? (node.declining ? 'declining' : 'good') : standingOf(node);
  if (before === 'denied') return false;
  const outcome = command(view, context);
  if (outcome.kind === 'refused') return false;
  const draft = new MeshDraft(view);
  for (const event of outcome.events) applyEvent(draft, event, context.nowMs, context.policy);
  const after = standingOf(draft.node(nodeId));
  return after === 'denied' || (after === 'declining' && before === 'good');
}
