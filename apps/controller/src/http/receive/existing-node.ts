// Finds the node that an operator's request names in its path.

import type { MeshView, NodeRecord } from '@mesh/membership';
import { ProblemError, problem } from '@mesh/protocol';

/** @throws ProblemError `not_found` */
export function existingNode(view: MeshView, nodeId: string | undefined): NodeRecord {
  const node = nodeId === undefined ? undefined : view.node(nodeId);
  if (node === undefined)
    throw new ProblemError(
      problem('not_found', `there is no node ${nodeId}; list them with: meshctl nodes list`),
    );
  return node;
}
