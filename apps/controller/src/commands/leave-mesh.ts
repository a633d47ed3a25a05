// A node goes down on purpose: its peers drop it at once, and it comes back by a new benchmark like any other.

import { type LeaveMessage, problem } from '@mesh/protocol';
import { withDenial } from './decide-node.ts';
import { type Command, done, refused } from './outcome.ts';

export function leaveMesh(message: LeaveMessage): Command<{ readonly nodeId: string }> {
  return (view, context) => {
    const node = view.node(message.node_id);
    if (node === undefined)
      return refused(problem('node_unknown', `node ${message.node_id} is not enrolled here`));
    const last = node.sequences.leave;
    if (message.sequence <= last) {
      const replay = problem(
        'sequence_replayed',
        `sequence ${message.sequence} is not above ${last}, the last accepted one`,
        { last_sequence: last },
      );
      return refused(replay, [
        {
          type: 'message_rejected',
          nodeId: node.nodeId,
          kind: 'leave',
          code: replay.code,
          detail: replay.detail,
        },
      ]);
    }
    const left = {
      type: 'node_left',
      nodeId: node.nodeId,
      sequence: message.sequence,
      instanceId: message.instance_id,
    } as const;
    return done(withDenial(view, context, node.nodeId, [left]), { nodeId: node.nodeId });
  };
}
