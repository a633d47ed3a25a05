// An operator's answer to an enrolment that waits. A rejected node is revoked: its name and keys do not come
// back. A node of a class that officers revoked cannot be approved.

import { problem } from '@mesh/protocol';
import type { Actor } from '../events/actor.ts';
import { isClassRevoked } from '../state/class-revoked.ts';
import { type Command, done, refused } from './outcome.ts';

const answers = { approve: 'node_approved', reject: 'node_rejected' } as const;

export interface ApprovalAnswer {
  readonly answer: keyof typeof answers;
  /** As the operator wrote it. */
  readonly nodeId: string;
  readonly why: string;
  readonly actor: Actor;
}

export function approveOrReject({ answer, nodeId, why, actor }: ApprovalAnswer): Command {
  return (view) => {
    const node = view.node(nodeId);
    if (node === undefined)
      return refused(problem('not_found', `there is no node ${nodeId}; list them with: meshctl nodes list`));
    if (node.status !== 'pending')
      return refused(
        problem(
          'state_conflict',
          `node ${nodeId} is ${node.status}, and nothing was changed: ${answer} needs it to be pending${node.status === 'active' ? '; to take an active node out, quarantine or revoke it' : ''}`,
        ),
      );
    if (answer === 'approve' && isClassRevoked(node.class, view))
      return refused(
        problem(
          'state_conflict',
          `class ${node.class} is revoked and takes no nodes, and nothing was changed: reject node ${nodeId}, or have the officers open the class (meshctl request create class.release)`,
        ),
      );
    return done([{ type: answers[answer], nodeId: node.nodeId, why, actor }]);
  };
}
