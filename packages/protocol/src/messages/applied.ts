// Which epoch's keys a node has really set, and how its tunnels look: the basis of "PSK mismatch suspected".

import { z } from 'zod';
import * as field from '../fields.ts';
import { acknowledgement } from './endpoint.ts';

export const appliedMessage = z.strictObject({
  mesh_id: field.meshId,
  node_id: field.nodeId,
  sequence: field.sequence,
  sent_at: field.timestamp,
  instance_id: field.instanceId,
  epoch_id: field.epochId,
  peers: field.listOf(
    z.strictObject({
      node_id: field.nodeId,
      epoch_id: field.epochId.nullable(),
      /** Milliseconds since the last handshake; null where there was none. */
      handshake_age_ms: field.count.nullable(),
    }),
    4096,
  ),
  signature: field.signature,
});
export type AppliedMessage = z.infer<typeof appliedMessage>;

/** What the other ends say of the pairs that were reported; absent from a controller that does not tell. */
export const appliedAnswer = z.object({
  ...acknowledgement.shape,
  /** Those that have another epoch's key set for the pair; null where there is no report of theirs that is fresh. */
  differing: z
    .array(z.object({ node_id: field.nodeId, epoch_id: field.epochId.nullable() }))
    .max(4096)
    .optional(),
});
export type AppliedAnswer = z.infer<typeof appliedAnswer>;
