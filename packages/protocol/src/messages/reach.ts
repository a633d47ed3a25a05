// Whether one node reaches another, as operators ask: what the rules say, and what both ends report.

import * as z from 'zod';
import * as field from '../fields.ts';
import { membership } from './benchmark.ts';
import { pairFigures } from './pair-figures.ts';

const end = z.object({
  node_id: field.nodeId,
  class: z.string(),
  status: z.enum(['active', 'pending', 'quarantined', 'revoked']),
  membership,
  reason: z.string(),
  /** Where its peers are told to find it; null: nowhere, and it must speak first. */
  endpoint: z.string().nullable(),
});

const direction = z.object({
  from: field.nodeId,
  to: field.nodeId,
  allowed: z.boolean(),
  rule: z.enum(['peers', 'probation_tunnel', 'probation_answers', 'not_in', 'peer_groups']),
  /** The rule, about these two. */
  sentence: z.string(),
  /** The one port that may be reached; null: every one, or none. */
  port: field.count.nullable(),
});

/** As the end reports it. */
const tunnelEnd = z.object({
  node_id: field.nodeId,
  /** Since when it has reported the tunnel without a break, as far as this controller's process knows. */
  since: z.string(),
  epoch_id: field.count.nullable(),
  /** Null: there was no handshake. */
  handshake_age_ms: z.number().nullable(),
  /** `waiting`: it is new, and the first handshake may yet come. `overdue`: nothing gets through. */
  state: z.enum(['up', 'waiting', 'overdue']),
  /** What this end measures of the pair; null: it does not say. Absent: the controller does not ask. */
  figures: pairFigures.nullable().optional(),
});

export const reachAnswer = z.object({
  ends: z.tuple([end, end]),
  /** There, then back. */
  directions: z.tuple([direction, direction]),
  /** Of the pair, from both its ends, in each direction; null: none. */
  limit_bits_per_second: field.count.nullable(),
  /** Of each end; null: it reports no such tunnel, or has not reported lately. */
  tunnel: z.tuple([tunnelEnd.nullable(), tunnelEnd.nullable()]),
});
export type ReachAnswer = z.infer<typeof reachAnswer>;
