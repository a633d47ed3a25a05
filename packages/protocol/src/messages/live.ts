// The live state of the mesh for an operator's screen: `GET /v1/live`, as one answer or as a stream of
// server-sent events. An event holds what has changed since the one before it.

import * as z from 'zod';
import * as field from '../fields.ts';
import { logEntryView } from './admin.ts';
import { membership } from './benchmark.ts';

export const liveNode = z.object({
  /** Stands for the node in `pairs`. Kept until the state begins anew. */
  n: field.count,
  id: field.nodeId,
  class: z.string(),
  status: z.enum(['active', 'pending', 'quarantined', 'revoked']),
  membership,
  reason: z.string(),
  reason_code: z.string(),
  declining: z.boolean(),
  probation_until_epoch: field.count.nullable(),
  /** The lowest limit that this end sets for its pairs; a pair has the lower one of its two ends. */
  limit_bits_per_second: field.count.nullable(),
  endpoint: z.string().nullable(),
  overall: z.number().nullable(),
  /** What the node reports as failing. */
  troubles: z.array(z.enum(['tunnel', 'measurement', 'log'])),
});
export type LiveNode = z.infer<typeof liveNode>;

/** What one node reports of its tunnels. */
export const livePairs = z.object({
  n: field.count,
  /** When the report arrived: milliseconds since 1970. It says nothing any more after `fresh_ms`. */
  at_ms: field.instantMs,
  /** The epoch whose keys the node has set; null: none yet. */
  epoch: field.count.nullable(),
  /**
   * The tunnels that the node reports: base64 of LEB128 numbers, in runs of neighbouring `n`. A run is how
   * many `n` to pass over since the last run, how many tunnels follow, and for each of them 0 if it has had
   * no handshake, else 1 more than the seconds since the handshake at the time of the report.
   */
  tunnels: z.string(),
  /**
   * Tunnels whose keys are of another epoch than `epoch`, by the other end's `n`; null: the node says none.
   */
  epochs: z.record(z.string(), field.count.nullable()),
  /** Since when tunnels that are not up are there, by the other end's `n`: milliseconds since 1970. */
  since_ms: z.record(z.string(), field.instantMs),
  /**
   * What the node measures of the paths, in the coding of `tunnels`: 0 for no answer to probes, else 1 + the
   * loss in percent + 101 × the median round trip in tenths of a millisecond. Paths that it has no figure of
   * are left out. Absent: the node does not say.
   */
  paths: z.string().optional(),
  /** How long after `at_ms` they count. */
  paths_fresh_ms: field.count.optional(),
});
export type LivePairs = z.infer<typeof livePairs>;

export const liveEpoch = z.object({
  id: field.count,
  active_at: z.string(),
  ends_at: z.string(),
  /** The epoch that is opened and not in force yet. */
  next: z.object({ id: field.count, active_at: z.string() }).nullable(),
});
export type LiveEpoch = z.infer<typeof liveEpoch>;

export const liveHead = z.object({
  size: field.count,
  root_hash: z.string(),
  /** Whose cosignatures it bears. */
  cosigned_by: z.array(z.string()),
  member_cosignatures: field.count,
  required_member_cosignatures: field.count,
});
export type LiveHead = z.infer<typeof liveHead>;

export const liveState = z.object({
  server_time_ms: field.instantMs,
  /** How long a report counts. */
  fresh_ms: field.count,
  /** Whether to forget all that came before. */
  reset: z.boolean(),
  nodes: z.array(liveNode),
  /** `n` of nodes that were deleted. */
  gone: z.array(field.count),
  pairs: z.array(livePairs),
  /** Absent: as before. */
  epoch: liveEpoch.nullable().optional(),
  head: liveHead.optional(),
  /** New entries of the log, the oldest first. Older ones than the newest 100 are left out. */
  log: z.array(logEntryView),
});
export type LiveState = z.infer<typeof liveState>;

/** A node's results over time, as the policy in force judges them. */
export const nodeScores = z.object({
  node_id: field.nodeId,
  policy_version: field.count,
  /** Each metric that has a limit, `overall` first. */
  metrics: z.array(z.object({ metric: z.string(), limit: z.number() })),
  /** Those among the node's newest entries of the log, the oldest first. Erased ones are left out. */
  points: z.array(
    z.object({
      /** The entry of the log. */
      index: field.count,
      at: z.string(),
      /**
       * As in `metrics`: the score, and the bounds of its interval. Null: the result lacks the score, or
       * points are compared.
       */
      scores: z.array(z.tuple([z.number().nullable(), z.number().nullable(), z.number().nullable()])),
    }),
  ),
});
export type NodeScores = z.infer<typeof nodeScores>;
