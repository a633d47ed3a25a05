// A node's announcement that it goes down on purpose: `POST /v1/leave/{node_id}`. Its peers then drop it at
// once.

import * as z from 'zod';
import * as field from '../fields.ts';

export const leaveMessage = z.strictObject({
  mesh_id: field.meshId,
  node_id: field.nodeId,
  sequence: field.sequence,
  sent_at: field.timestamp,
  instance_id: field.instanceId,
  signature: field.signature,
});
export type LeaveMessage = z.infer<typeof leaveMessage>;
