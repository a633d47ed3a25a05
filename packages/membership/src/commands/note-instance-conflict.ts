// Records that two agents ran with one identity and the second was refused. Only the log has this.

import type { NodeId } from '@mesh/primitives';
import { problem } from '@mesh/protocol';
import type { InstanceConflict } from '../observations/instance-conflicts.ts';
import { type Command, done, refused } from './outcome.ts';

export function noteInstanceConflict(nodeId: NodeId, conflict: InstanceConflict): Command {
  return (view) => {
    const node = view.node(nodeId);
    if (node === undefined) return refused(problem('node_unknown', `node ${nodeId} is not enrolled here`));
    const { running, refused: second } = conflict;
    return done([{ type: 'instance_conflict', nodeId: node.nodeId, running, refused: second }]);
  };
}
