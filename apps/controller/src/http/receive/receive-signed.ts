// Reads a node's signed message, and checks its mesh, its node and its signature. The sender is known from
// TLS, so a bad message is logged under that node's name: see refusals.ts.

import type { NodeRecord } from '@mesh/membership';
import type { MeshId } from '@mesh/primitives';
import { type MessageKind, ProblemError, problem } from '@mesh/protocol';
import type { Context } from 'hono';
import type * as z from 'zod';
import type { SignatureVerifier } from '../../trust/verify-signature.ts';
import type { Arrival } from '../gate/arrivals.ts';
import { type ReceivedMessage, readMessage } from './read-message.ts';
import type { Refusals } from './refusals.ts';

export interface ReceivePorts {
  readonly meshId: MeshId;
  readonly signatures: SignatureVerifier;
  readonly refusals: Refusals;
}

interface Addressed {
  readonly mesh_id: string;
  readonly node_id: string;
  readonly signature: string;
}

/** @throws ProblemError of the form, `mesh_mismatch`, `node_mismatch`, `bad_signature`, `rate_limited` */
export async function receiveSigned<Schema extends z.ZodType<Addressed>>(
  ports: ReceivePorts,
  kind: MessageKind,
  context: Context,
  schema: Schema,
  maxBytes?: number,
): Promise<ReceivedMessage<z.output<Schema>>> {
  const node: NodeRecord = context.get('node');
  const arrival: Arrival = context.get('arrival');
  try {
    const received = await readMessage(context, schema, maxBytes);
    await checkSender(ports, kind, node, received);
    return received;
  } catch (error) {
    if (error instanceof ProblemError) {
      arrival.refuseReserve();
      await ports.refusals.note(node.nodeId, kind, error.problem);
    }
    throw error;
  }
}

async function checkSender<T extends Addressed>(
  ports: ReceivePorts,
  kind: MessageKind,
  node: NodeRecord,
  { message, body }: ReceivedMessage<T>,
): Promise<void> {
  if (message.mesh_id !== ports.meshId)
    throw new ProblemError(problem('mesh_mismatch', `this is mesh ${ports.meshId}`));
  if (message.node_id !== node.nodeId)
    throw new ProblemError(
      problem('node_mismatch', `the certificate is for node ${node.nodeId}, the message for another`),
    );
  const signed = body as { readonly signature: string };
  if (!(await ports.signatures.verify(kind, signed, node.identityKey))) {
    throw new ProblemError(
      problem('bad_signature', `the signature is not one of node ${node.nodeId} over this ${kind}`),
    );
  }
}
