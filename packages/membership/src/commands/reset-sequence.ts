// An operator takes back a node's last sequences that lie ahead of the clock: nothing that the node sends is above them until
// then. Those at or below the clock stay, so that what was accepted under such a number stays refused.

import type { NodeId } from '@mesh/primitives';
import { problem, type SequenceKind } from '@mesh/protocol';
import type { Actor, LoweredSequences } from '../events/mesh-event.ts';
import { type Command, done, refused } from './outcome.ts';

export interface SequenceResetRequest {
  /** As the operator wrote it. */
  readonly nodeId: string;
  /** The last one of the node's `applied` reports, which are kept in memory alone; 0 where there is none. */
  readonly appliedSequence: number;
  readonly why: string;
  readonly actor: Actor;
}

export interface SequenceResetResult {
  readonly nodeId: NodeId;
  readonly lowered: LoweredSequences;
  /** What they are now. */
  readonly to: number;
}

/** Nothing ahead of the clock is no refusal: the answer says so, and the log has no entry. */
export function resetSequence(request: SequenceResetRequest): Command<SequenceResetResult> {
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
    if (Object.keys(lowered).length === 0) return done([], { nodeId, lowered, to });
    const { why, actor } = request;
    return done([{ type: 'sequences_reset', nodeId, lowered, to, why, actor }], { nodeId, lowered, to });
  };
}
