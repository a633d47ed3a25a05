// Fetches the config that all agents of a full mesh start from.

import { isDelta, isRemovalNotice } from '@mesh/protocol';
import { type NodesDoor, nodeClientOf } from '../controller/ask-controller.ts';
import type { SeededMesh } from '../controller/seed-mesh.ts';
import type { KnownMesh } from './watching-agent.ts';

/**
 * One agent asks for a full config. In a full mesh of one class, the other configs name the same nodes at the
 * same version.
 */
export async function knownMesh(
  controller: NodesDoor,
  mesh: Pick<SeededMesh, 'caPem' | 'identities'>,
): Promise<KnownMesh> {
  const [first] = mesh.identities;
  if (first === undefined) throw new Error('there are no agents');
  const asking = nodeClientOf(controller, mesh, first);
  try {
    const answer = await asking.client.configOrNotice({});
    if (answer === undefined || isRemovalNotice(answer.body) || isDelta(answer.body))
      throw new Error('the controller gave no full config');
    const { version, class: ownClass, peers } = answer.body;
    if (ownClass === undefined) throw new Error('the controller did not tell the class');
    return { version, class: ownClass, nodeIds: [first.nodeId, ...peers.map((peer) => peer.node_id)] };
  } finally {
    asking.close();
  }
}
