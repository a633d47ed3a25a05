// An operator's decision on a node: quarantine (reversible), release, or revocation (for ever). Quarantine
// and revocation deny an admitted node at once. Where there are officers, only they revoke, and only they
// release a node whose class they revoked.

import { defined, type NodeId } from '@mesh/primitives';
import { problem } from '@mesh/protocol';
import type { NodeStatus } from '@mesh/scoring';
import type { Actor } from '../events/actor.ts';
import type { MeshEvent } from '../events/mesh-event.ts';
import { isClassRevoked } from '../state/class-revoked.ts';
import type { MeshView } from '../state/mesh-view.ts';
import { withDecision } from './decide-node.ts';
import { needsOfficers } from './needs-officers.ts';
import { type Command, done, refused } from './outcome.ts';

const changes = {
  quarantine: { type: 'node_quarantined', from: ['active'] },
  release: { type: 'node_released', from: ['quarantined'] },
  revoke: { type: 'node_revoked', from: ['active', 'quarantined'] },
} as const satisfies Record<string, { type: string; from: readonly NodeStatus[] }>;

export interface StatusChange {
  readonly change: keyof typeof changes;
  /** As the operator wrote it. */
  readonly nodeId: string;
  readonly why: string;
  readonly actor: Actor;
  /** How long a quarantine lasts; absent: until somebody releases the node. */
  readonly forMs?: number | undefined;
}

export function quarantineOrRevoke({ change, nodeId, why, actor, forMs }: StatusChange): Command {
  const { type, from } = changes[change];
  return (view, context) => {
    const node = view.node(nodeId);
    if (node === undefined)
      return refused(problem('not_found', `there is no node ${nodeId}; list them with: meshctl nodes list`));
    if (!(from as readonly NodeStatus[]).includes(node.status)) {
      return refused(
        problem(
          'state_conflict',
          `node ${nodeId} is ${node.status}, and nothing was changed: ${change} needs it to be ${from.join(' or ')}${node.status === 'revoked' ? '; a revoked node comes back under a new name alone' : ''}`,
        ),
      );
    }
    const set = view.officers();
    if (set !== undefined && actor.kind !== 'officers') {
      const parameters = { node_id: node.nodeId };
      if (change === 'revoke') return needsOfficers({ kind: 'node.revoke', parameters }, set, actor);
      if (change === 'release' && isClassRevoked(node.class, view))
        return needsOfficers({ kind: 'node.release', parameters }, set, actor);
    }
    const untilMs = forMs === undefined ? undefined : context.nowMs + forMs;
    const event = { nodeId: node.nodeId, why, actor };
    const changed: MeshEvent =
      type === 'node_quarantined' ? { type, ...event, ...defined({ untilMs }) } : { type, ...event };
    return done(withDecision(view, context, node.nodeId, [changed]));
  };
}

/**
 * Releases the nodes whose quarantine has come to its end. They are admitted again at a boundary. Those of a
 * revoked class stay.
 */
export function endQuarantines(): Command {
  return (view, { nowMs }) => {
    const events: MeshEvent[] = [];
    for (const { nodeId, untilMs } of endingQuarantines(view))
      if (untilMs <= nowMs)
        events.push({
          type: 'node_released',
          nodeId,
          why: 'the time of the quarantine is over',
          actor: { kind: 'system' },
        });
    return done(events);
  };
}

/** When the next quarantine ends by itself; undefined if none does. */
export function nextQuarantineEndMs(view: MeshView): number | undefined {
  let nextMs: number | undefined;
  for (const { untilMs } of endingQuarantines(view))
    nextMs = Math.min(nextMs ?? Number.POSITIVE_INFINITY, untilMs);
  return nextMs;
}

/** The quarantines that end by themselves. */
function* endingQuarantines(view: MeshView): Iterable<{ readonly nodeId: NodeId; readonly untilMs: number }> {
  for (const { nodeId, class: className, status, quarantinedUntilMs: untilMs } of view.nodes())
    if (status === 'quarantined' && untilMs !== undefined && !isClassRevoked(className, view))
      yield { nodeId, untilMs };
}
