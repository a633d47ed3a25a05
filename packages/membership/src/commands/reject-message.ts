// Records that messages of an authenticated node were refused. Only the log has this. The first refusal has
// an entry of its own; those of the minute after it share one.

import type { NodeId } from '@mesh/primitives';
import { type Problem, problem } from '@mesh/protocol';
import type { MeshEvent } from '../events/mesh-event.ts';
import type { RefusalCount } from '../events/refusal-count.ts';
import { type Command, done, refused } from './outcome.ts';

export function rejectMessage(nodeId: NodeId, kind: string, { code, detail }: Problem): Command {
  return ofNode(nodeId, { type: 'message_rejected', nodeId, kind, code, detail });
}

/** @param sinceMs when the counting began, wall clock */
export function rejectMessages(nodeId: NodeId, sinceMs: number, refusals: readonly RefusalCount[]): Command {
  return ofNode(nodeId, { type: 'messages_rejected', nodeId, sinceMs, refusals });
}

function ofNode(nodeId: NodeId, event: MeshEvent): Command {
  return (view) =>
    view.node(nodeId) === undefined
      ? refused(problem('node_unknown', `node ${nodeId} is not enrolled here`))
      : done([event]);
}
