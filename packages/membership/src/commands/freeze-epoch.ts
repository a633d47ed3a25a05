// The freeze before a boundary. It decides on every node, fixes who is admitted to the coming epoch, and
// opens that epoch. A result that arrives later can admit its node at the next freeze at the earliest, but it
// can deny or limit it at once.

import type { EpochId, NodeId } from '@mesh/primitives';
import { decideMesh } from '@mesh/scoring';
import type { MeshEvent } from '../events/mesh-event.ts';
import type { MeshView } from '../state/mesh-state.ts';
import { lastEpochId } from '../state/opened-epochs.ts';
import { evidenceOf } from '../state/records.ts';
import { declineEvents } from './decide-node.ts';
import { type Command, done } from './outcome.ts';

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
    const decisions = decideMesh({
      kind: 'freeze',
      policy: context.policy,
      nodes: candidates(view),
      nowMs: context.nowMs,
      stalenessWaived: context.stalenessWaived,
    });
    const events: MeshEvent[] = [];
    let admitted = 0;
    for (const [nodeId, decision] of decisions) {
      const node = view.node(nodeId);
      const { epochId } = freeze;
      const { allowed, reason } = decision;
      if (allowed) admitted += 1;
      if (allowed !== (node?.membership === 'admitted'))
        events.push({ type: allowed ? 'node_admitted' : 'node_denied', nodeId, epochId, reason });
      if (allowed)
        events.push(...declineEvents({ nodeId, declining: node?.declining === true }, decision, epochId));
    }
    events.push({ type: 'epoch_opened', ...freeze, admittedCount: admitted });
    return done(events);
  };
}

function* candidates(view: MeshView): Iterable<{ nodeId: NodeId; evidence: ReturnType<typeof evidenceOf> }> {
  for (const node of view.nodes()) yield { nodeId: node.nodeId, evidence: evidenceOf(node) };
}
