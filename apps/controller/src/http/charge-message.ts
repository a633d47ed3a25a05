// What a message counts for. One that takes its node's place or its good standing, or the prospect of them, is never
// refused for rate: that would keep a node in, or unlimited, that has just gone bad. Everything else counts, refusals
// too, or one could fill the log: a node has to be good again, which counts, before it can go bad for nothing.

import { evaluate } from '@mesh/scoring';
import type { Command } from '../commands/outcome.ts';
import type { Services } from '../services.ts';
import { applyEvent } from '../state/apply-event.ts';
import { evidenceOf, MeshDraft, type NodeRecord } from '../state/mesh-state.ts';
import { withinAllowance } from './receive-signed.ts';

/** @param command what the message is about to do @throws ProblemError `rate_limited` */
export async function chargeMessage(
  services: Services,
  nodeId: string,
  command: Command<unknown>,
): Promise<void> {
  if (!takesPlaceOrStanding(services, nodeId, command)) await withinAllowance(services, nodeId);
}

function takesPlaceOrStanding(
  { view, journal }: Services,
  nodeId: string,
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
