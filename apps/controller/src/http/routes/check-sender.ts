// What every signed message of a node has to show before a command sees it: this mesh, this node, its signature.

import { type MessageKind, ProblemError, problem } from '@mesh/protocol';
import type { Services } from '../../services.ts';
import type { NodeRecord } from '../../state/mesh-state.ts';
import type { ReceivedMessage } from '../read-message.ts';

interface Addressed {
  readonly mesh_id: string;
  readonly node_id: string;
  readonly signature: string;
}

/** @throws ProblemError `mesh_mismatch`, `node_mismatch`, `bad_signature` */
export async function checkSender<T extends Addressed>(
  services: Services,
  kind: MessageKind,
  node: NodeRecord,
  { message, body }: ReceivedMessage<T>,
): Promise<void> {
  if (message.mesh_id !== services.meshId)
    throw new ProblemError(problem('mesh_mismatch', `this is mesh ${services.meshId}`));
  if (message.node_id !== node.nodeId)
    throw new ProblemError(
      problem('node_mismatch', `the certificate is for node ${node.nodeId}, the message for another`),
    );
  const signed = body as { readonly signature: string };
  if (!(await services.signatures.verify(kind, signed, node.identityKey))) {
    throw new ProblemError(
      problem('bad_signature', `the signature is not one of node ${node.nodeId} over this ${kind}`),
    );
  }
}
