// The node that a request is about.

import { formatRfc3339 } from '@mesh/primitives';
import { type Problem, problem } from '@mesh/protocol';
import type { MeshView } from '../state/mesh-view.ts';
import type { NodeRecord } from '../state/records.ts';

export type EnrolledNode =
  | {
      readonly kind: 'found';
      readonly node: NodeRecord;
      /**
       * Names this enrolment. A node can change neither its name nor this time. Its keys and its standing are
       * left out: with them, the node itself, or a quarantine meanwhile, would spoil the request.
       */
      readonly enrolment: { readonly node_id: string; readonly enrolled_at: string };
    }
  | { readonly kind: 'none'; readonly problem: Problem };

export function enrolledNode(view: MeshView, nodeId: string): EnrolledNode {
  const node = view.node(nodeId);
  if (node === undefined)
    return {
      kind: 'none',
      problem: problem('not_found', `there is no node ${nodeId}; list them with: meshctl nodes list`),
    };
  return {
    kind: 'found',
    node,
    enrolment: { node_id: nodeId, enrolled_at: formatRfc3339(node.enrolledAtMs) },
  };
}
