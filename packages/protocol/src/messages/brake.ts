// The safety brake, as operators see it and decide about the nodes that it holds.

import * as z from 'zod';
import * as field from '../fields.ts';

export const brakeStatus = z.object({
  settings: z.object({
    /** The share of the mesh that one cause may cut within the window. */
    share: z.number(),
    at_least: field.count,
    window_seconds: field.count,
    hold_seconds: field.count,
  }),
  /** The nodes that the policy denies and that are in nevertheless. */
  held: z.array(
    z.object({
      node_id: field.nodeId,
      cause: z.string(),
      /** Why the policy denies it. */
      reason: z.string(),
      held_since: z.string(),
      until: z.string(),
      /** Whether its pairs are limited; not any more once it was released. */
      limited: z.boolean(),
    }),
  ),
});
export type BrakeStatus = z.infer<typeof brakeStatus>;

export const endBrakeRequest = z.strictObject({
  /** `cut`: the held nodes are denied now. `release`: they stay in without a limit. */
  decision: z.enum(['cut', 'release']),
  reason: field.reason,
  /** How long released nodes stay in at most while the policy denies them. */
  for_seconds: z.number().int().min(1).max(86_400).default(3_600),
});
export type EndBrakeRequest = z.input<typeof endBrakeRequest>;
