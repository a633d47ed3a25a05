// Lets a node leave on purpose. Its peers drop it at once. It comes back by new benchmarks, like any other
// node.

import type { Sha256Hex } from '@mesh/primitives';
import { type LeaveMessage, problem } from '@mesh/protocol';
import { withDecision } from './decide-node.ts';
import { findSequenceObjection } from './find-sequence-objection.ts';
import { type Command, done, refused } from './outcome.ts';

/** @param messageSha256 of the received body */
export function leaveMesh(message: LeaveMessage, messageSha256?: Sha256Hex): Command {
  return (view, context) => {
    const node = view.node(message.node_id);
    if (node === undefined)
      return refused(problem('node_unknown', `node ${message.node_id} is not enrolled here`));
    const replay = findSequenceObjection(message.sequence, node.sequences.leave, context.nowMs);
    if (replay !== undefined) return refused(replay);
    const left = {
      type: 'node_left',
      nodeId: node.nodeId,
      sequence: message.sequence,
      instanceId: message.instance_id,
      messageSha256,
    } as const;
    return done(withDecision(view, context, node.nodeId, [left]));
  };
}
