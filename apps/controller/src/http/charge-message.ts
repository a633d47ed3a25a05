// What a message counts for. One that takes its node's place, or the prospect of one, is never refused for rate: that
// would keep a node in that has just gone bad. Everything else counts, refusals too, or one could fill the log.

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
  if (!takesPlace(services, nodeId, command)) await withinAllowance(services, nodeId);
}

function takesPlace({ view, journal }: Services, nodeId: string, command: Command<unknown>): boolean {
  const context = journal.context();
  const isGood = (node: NodeRecord | undefined) =>
    node !== undefined && evaluate(context.policy, evidenceOf(node), context.nowMs).allowed;
  const before = view.node(nodeId);
  if (before?.membership !== 'admitted' && !isGood(before)) return false;
  const outcome = command(view, context);
  if (outcome.kind === 'refused') return false;
  const draft = new MeshDraft(view);
  for (const event of outcome.events) applyEvent(draft, event, context.nowMs, context.policy);
  return !isGood(draft.node(nodeId));
}
