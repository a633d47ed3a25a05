// Deletes the record of a node that is out for good. Its keys stay spent. Its name is free for a node with
// other keys, and its addresses are when every lease has ended in which another node may still know them.

import { problem } from '@mesh/protocol';
import type { Actor } from '../events/actor.ts';
import { type Command, done, refused } from './outcome.ts';

export interface Deletion {
  /** As the operator wrote it. */
  readonly nodeId: string;
  readonly why: string;
  readonly actor: Actor;
  /** How long after a node is out another node may still have it as a peer, at most. */
  readonly longestLeaseMs: number;
}

export function deleteNode({ nodeId, why, actor, longestLeaseMs }: Deletion): Command {
  return (view, { nowMs }) => {
    const node = view.node(nodeId);
    if (node === undefined)
      return refused(problem('not_found', `there is no node ${nodeId}; list them with: meshctl nodes list`));
    // An active node would be admitted again by its next result, and a quarantine is meant to end.
    if (node.status !== 'revoked')
      return refused(
        problem(
          'state_conflict',
          `node ${nodeId} is ${node.status}, and nothing was changed: revoke it first (meshctl nodes revoke ${nodeId})`,
        ),
      );
    if (node.membership === 'admitted')
      return refused(
        problem(
          'state_conflict',
          `node ${nodeId} has tunnels, and nothing was changed: try again in a moment`,
        ),
      );
    return done([
      {
        type: 'node_deleted',
        nodeId: node.nodeId,
        class: node.class,
        addressesHeldUntilMs: nowMs + longestLeaseMs,
        why,
        actor,
      },
    ]);
  };
}
