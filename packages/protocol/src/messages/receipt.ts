// The controller's signed promise that a node's message is in the log, so that neither side can deny it later
// (kind `receipt`). It names the entry by its place and its hash, before any head covers it.

import * as z from 'zod';
import * as field from '../fields.ts';

/** How many receipts one signature covers at most. */
export const MAX_RECEIPTS = 1024;

const receiptBatch = z.strictObject({
  size: z.number().int().min(1).max(MAX_RECEIPTS),
  index: field.count.max(MAX_RECEIPTS - 1),
  path: z.array(field.base64Of(32)).max(Math.log2(MAX_RECEIPTS)),
});

export const receiptMessage = z.strictObject({
  mesh_id: field.meshId,
  node_id: field.nodeId,
  /** Of the message's body as it was received. */
  message_sha256: field.sha256Hex,
  /** That of the message. */
  sequence: field.sequence,
  received_at: field.timestamp,
  log_index: field.count,
  /** RFC 6962 leaf hash of the entry. */
  leaf_hash: field.base64Of(32),
  /** The place of the receipt among those that were signed together (see `verifyReceipt`). */
  batch: receiptBatch,
  signature: field.signature,
});
export type ReceiptMessage = z.infer<typeof receiptMessage>;
