// The controller's signed statement that it holds a node's message (kind `receipt`), so that neither side can
// deny it later. Reserved: not sent yet.

import { z } from 'zod';
import * as field from '../fields.ts';

export const receiptMessage = z.strictObject({
  mesh_id: field.meshId,
  node_id: field.nodeId,
  message_sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'),
  sequence: field.sequence,
  received_at: field.timestamp,
  log_index: field.count,
  leaf_hash: field.base64Of(32),
  signature: field.signature,
});
export type ReceiptMessage = z.infer<typeof receiptMessage>;
