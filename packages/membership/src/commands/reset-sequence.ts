// An operator lowers those of a node's last sequences that lie ahead of the clock to the time of the clock.
// Agents number messages by the clock, so until it has passed such a sequence everything that the node sends
// is refused. Sequences at or below the clock stay, so that messages that were accepted under them are still
// refused when they are sent again.

import { problem, type SequenceKind } from '@mesh/protocol';
import type { Actor } from '../events/actor.ts';
import type { LoweredSequences } from '../events/mesh-event.ts';
import { type Command, done, refused } from './outcome.ts';

export interface SequenceResetRequest {
  /** As the operator wrote it. */
  readonly nodeId: string;
  /** The last sequence of the node's `applied` reports, which only memory holds; 0 if there is no report. */
  readonly appliedSequence: number;
  readonly why: string;
  readonly actor: Actor;
}

/** Where no sequence lies ahead of the clock, the command is not refused: it makes no event. */
export function resetSequence(request: SequenceResetRequest): Command {
  return (view, { nowMs }) => {
    const node = view.node(request.nodeId);
    if (node === undefined)
      return refused(
        problem('not_found', `there is no node ${request.nodeId}; list them with: meshctl nodes list`),
      );
    if (node.status === 'revoked')
      return refused(
        problem(
          'state_conflict',
          `node ${node.nodeId} is revoked: none of its messages count, whatever their sequence; enrol it under a new name`,
        ),
      );
    const { nodeId } = node;
    const to = Math.floor(nowMs);
    const last: Record<SequenceKind, number> = { ...node.sequences, applied: request.appliedSequence };
    const lowered: LoweredSequences = Object.fromEntries(
      Object.entries(last).filter(([, sequence]) => sequence > to),
    );
    if (Object.keys(lowered).length === 0) return done([]);
    const { why, actor } = request;
    return done([{ type: 'sequences_reset', nodeId, lowered, to, why, actor }]);
  };
}
