// The erasure of what the log's entries only commit to.

import * as z from 'zod';
import * as field from '../fields.ts';

export const nodeErasure = z.object({
  node_id: field.nodeId,
  /** The details of the node's entries before this index are gone. */
  erased_before: field.count,
  /** Whether its newest benchmark stays, because the node is still judged by it. */
  keeps_newest: z.boolean(),
});
export type NodeErasure = z.infer<typeof nodeErasure>;
