// Names every node that is out, deleted ones too: a node that has an old config may still have them as peers.

import type { MembershipIndex, MeshView } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';

/** A name whose node was deleted, and that another node has since, is out if that other node is. */
export function namesOut(view: MeshView, members: MembershipIndex): NodeId[] {
  const out = new Set<NodeId>();
  for (const { nodeId } of view.deletedNodes()) out.add(nodeId);
  for (const node of view.nodes()) {
    if (members.isIn(node)) out.delete(node.nodeId);
    else out.add(node.nodeId);
  }
  return [...out];
}
