// Records that a message of an authenticated node was refused before it became a command. Only the log has
// this.

import type { NodeId } from '@mesh/primitives';
import { type Problem, problem } from '@mesh/protocol';
import { type Command, done, refused } from './outcome.ts';

export function rejectMessage(nodeId: NodeId, kind: string, objection: Problem): Command {
  return (view) => {
    const node = view.node(nodeId);
    if (node === undefined) return refused(problem('node_unknown', `node ${nodeId} is not enrolled here`));
    const { code, detail } = objection;
    return done([{ type: 'message_rejected', nodeId: node.nodeId, kind, code, detail }]);
  };
}
