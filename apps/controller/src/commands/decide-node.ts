// A decision on one node at once, whenever something arrives that could deny it. It can only deny: admission
// waits for the next freeze.

import type { EpochId } from '@mesh/primitives';
import { decideMesh } from '@mesh/scoring';
import { applyEvent } from '../state/apply-event.ts';
import type { MeshEvent } from '../state/events.ts';
import { evidenceOf, lastEpochId, MeshDraft, type MeshView } from '../state/mesh-state.ts';
import type { CommandContext } from './outcome.ts';

/** `events` and, if they cost an admitted node its place, the denial after them. */
export function withDenial(
  view: MeshView,
  context: CommandContext,
  nodeId: string,
  events: readonly MeshEvent[],
): MeshEvent[] {
  const draft = new MeshDraft(view);
  for (const event of events) applyEvent(draft, event, context.nowMs, context.policy);
  const node = draft.node(nodeId);
  if (node === undefined || node.membership !== 'admitted') return [...events];
  const decision = decideMesh({
    kind: 'instant',
    policy: context.policy,
    nodes: [{ nodeId: node.nodeId, evidence: evidenceOf(node) }],
    nowMs: context.nowMs,
    stalenessWaived: context.stalenessWaived,
  }).get(node.nodeId);
  if (decision === undefined || decision.allowed) return [...events];
  return [
    ...events,
    {
      type: 'node_denied',
      nodeId: node.nodeId,
      epochId: lastEpochId(view) as EpochId,
      reason: decision.reason,
    },
  ];
}
