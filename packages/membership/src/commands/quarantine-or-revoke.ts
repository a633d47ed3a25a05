// An operator's decision on a node: quarantine (reversible), release, or revocation (for ever). Quarantine
// and revocation deny an admitted node at once. Where there are officers, only they revoke.

import { problem } from '@mesh/protocol';
import type { NodeStatus } from '@mesh/scoring';
import type { Actor } from '../events/actor.ts';
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
}

export function quarantineOrRevoke({ change, nodeId, why, actor }: StatusChange): Command {
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
    if (change === 'revoke' && set !== undefined && actor.kind !== 'officers')
      return needsOfficers({ kind: 'node.revoke', parameters: { node_id: node.nodeId } }, set, actor);
    return done(withDecision(view, context, node.nodeId, [{ type, nodeId: node.nodeId, why, actor }]));
  };
}
