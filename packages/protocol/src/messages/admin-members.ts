// Administration of who may become a member and who stays one: tokens, approvals, classes, deletions.

import * as z from 'zod';
import * as field from '../fields.ts';

/** A join token without its secret. */
export const tokenSummary = z.object({
  token_id: z.string(),
  /** `usable`, or the first of these that keeps nodes from enrolling with it. */
  state: z.enum(['usable', 'withdrawn', 'expired', 'spent']),
  uses_left: field.count,
  class: z.string(),
  /** The only node that may use it, or null. */
  node_id: z.string().nullable(),
  expires_at: z.string(),
  /** Whether the nodes that enrol with it wait for an operator. */
  approve: z.boolean(),
  /** The nodes whose last enrolment was with it. */
  nodes: z.array(z.string()),
});
export type TokenSummary = z.infer<typeof tokenSummary>;

export const tokenList = z.object({ tokens: z.array(tokenSummary), next_cursor: field.nextCursor });

export const withdrawTokenRequest = z.strictObject({ token_id: field.opaque(1, 64), reason: field.reason });

export const setClassRequest = z.strictObject({ class: field.className, reason: field.reason });

/** What is left of a deleted node. */
export const deletedNode = z.object({
  node_id: field.nodeId,
  addresses: z.array(z.string()),
  /** Until when no other node gets its addresses. */
  addresses_held_until: z.string(),
});
export type DeletedNodeAnswer = z.infer<typeof deletedNode>;
