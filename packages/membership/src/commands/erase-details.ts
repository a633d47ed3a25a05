// Erases details of log entries: those of a node, for a request under data protection, or those that are
// older than the configuration allows. The newest benchmark of a node that is not revoked stays, because the
// node is judged by it.

import { problem } from '@mesh/protocol';
import type { Actor } from '../events/actor.ts';
import { type Command, done, refused } from './outcome.ts';

export interface Erasure {
  /** As the operator wrote it. It may be the name of a deleted node. */
  readonly nodeId: string;
  /** The size of the log: what is in it is erased, and what comes later is not. */
  readonly before: number;
  readonly why: string;
  readonly actor: Actor;
}

export function eraseNodeDetails({ nodeId, before, why, actor }: Erasure): Command {
  return (view) => {
    const known =
      view.node(nodeId)?.nodeId ??
      [...view.deletedNodes()].find((deleted) => deleted.nodeId === nodeId)?.nodeId;
    if (known === undefined)
      return refused(
        problem(
          'not_found',
          `there is no node ${nodeId}, and there was none; list them with: meshctl nodes list`,
        ),
      );
    return done([{ type: 'node_details_erased', nodeId: known, before, why, actor }]);
  };
}

/** @param before the index of the first entry that is young enough */
export function expireDetails(before: number, keptDays: number): Command {
  return () => done([{ type: 'details_expired', before, keptDays }]);
}
