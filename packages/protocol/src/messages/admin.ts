// Local administration over the controller's unix socket: the requests of meshctl and their answers.

import * as z from 'zod';
import { examId } from '../exam-ids.ts';
import * as field from '../fields.ts';
import { trouble } from './applied.ts';
import { membership } from './benchmark.ts';
import { pairFigures, pairFiguresTotal } from './pair-figures.ts';

export const createTokenRequest = z.strictObject({
  /** How many nodes may enrol with it. */
  uses: z.number().int().min(1).max(10_000).default(1),
  ttl_seconds: z
    .number()
    .int()
    .min(60)
    .max(30 * 86_400)
    .default(3600),
  class: field.className.default('default'),
  node_id: field.nodeId.optional(),
  /** Makes the nodes that enrol with it wait until an operator approves them. */
  approve: z.boolean().default(false),
});
export type CreateTokenRequest = z.input<typeof createTokenRequest>;

export const createTokenAnswer = z.object({
  token_id: z.string(),
  /** Shown once; the controller keeps only its hash. */
  token: z.string(),
  uses: field.count,
  class: z.string(),
  node_id: z.string().nullable(),
  expires_at: z.string(),
});
export type CreateTokenAnswer = z.infer<typeof createTokenAnswer>;

/**
 * Why an end of a pair is limited: its class, its first epochs after a denial, the policy's warning band, or
 * the brake.
 */
const limitCause = z.enum(['class', 'probation', 'declining', 'brake']);

export const nodeSummary = z.object({
  node_id: field.nodeId,
  status: z.enum(['active', 'pending', 'quarantined', 'revoked']),
  /** When the quarantine ends by itself; null: it does not, or there is none. */
  quarantined_until: z.string().nullable(),
  class: z.string(),
  membership,
  reason: z.string(),
  reason_code: z.string(),
  /** Admitted, but within the policy's warning band or not out of it for long enough. */
  declining: z.boolean(),
  /**
   * How much it may carry with each peer, in each direction, as far as this end decides; the lowest limit
   * first.
   */
  limits: z.array(z.object({ cause: limitCause, bits_per_second: field.count })),
  /** The first epoch without probation; null if the node is not on probation. */
  probation_until_epoch: field.count.nullable(),
  addresses: z.array(z.string()),
  endpoint: z.string().nullable(),
  last_benchmark: z
    .object({
      overall: z.number(),
      scores: z.record(z.string(), z.number()),
      timestamp: z.string(),
      suite_version: z.string(),
      sequence: z.number(),
    })
    .nullable(),
  enrolled_at: z.string(),
  last_seen_at: z.string().nullable(),
  /** What the node last reported as failing; null: nothing, or no recent report. */
  troubles: z.object({
    tunnel: trouble.nullable(),
    measurement: trouble.nullable(),
    /** Absent: the controller does not ask for it. */
    log: trouble.nullable().optional(),
  }),
  /** All its tunnels, as it reports them; null: no recent report. Absent: the controller does not say. */
  tunnels: z
    .object({
      count: field.count,
      without_handshake: field.count,
      /** Milliseconds; null: none has had a handshake. */
      oldest_handshake_ms: z.number().nullable(),
      figures: pairFiguresTotal.optional(),
    })
    .nullable()
    .optional(),
});
export type NodeSummary = z.infer<typeof nodeSummary>;

export const nodeList = z.object({ nodes: z.array(nodeSummary), next_cursor: field.nextCursor });

export const logEntryView = z.object({ index: field.count, entry: z.record(z.string(), z.unknown()) });
export const nodeDetail = nodeSummary.extend({
  identity_key: z.string(),
  wg_public_keys: z.object({ a: z.string(), b: z.string().optional() }),
  /** The pairs that the node reports, as both ends see them. */
  pairs: z.array(
    z.object({
      node_id: z.string(),
      epoch_here: z.number().nullable(),
      epoch_there: z.number().nullable(),
      handshake_age_ms: z.number().nullable(),
      suspicion: z.enum(['psk_mismatch']).nullable(),
      /** The limit of this pair, from both its ends; null: none, or the peer is unknown. */
      limit_bits_per_second: field.count.nullable(),
      /** What this end measures of the pair; null: it does not say. Absent: the controller does not ask. */
      figures: pairFigures.nullable().optional(),
    }),
  ),
  log: z.array(logEntryView),
  /**
   * Each score that has a limit, `overall` first. `lower` and `upper` are null where points are compared, and
   * `alarm` is null without one. Absent: the controller does not say.
   */
  judged: z
    .array(
      z.object({
        metric: z.string(),
        score: z.number().nullable(),
        samples: field.count,
        limit: z.number(),
        lower: z.number().nullable(),
        upper: z.number().nullable(),
        alarm: z.object({ evidence: z.number(), limit: z.number(), prompts: field.count }).nullable(),
      }),
    )
    .optional(),
  /** What each drift signal of the policy says. Absent: the controller does not say. */
  drift: z
    .array(
      z.object({
        signal: z.string(),
        action: z.string(),
        speaks: z.boolean(),
        value: z.number(),
        limit: z.number(),
        sentence: z.string(),
      }),
    )
    .optional(),
  /** Absent: the policy has no exams and nothing is known of any, or the controller does not say. */
  exams: z
    .object({
      /** Whether nodes of its class are examined. */
      examined: z.boolean(),
      /** The exam that is under way. */
      open: examId.nullable(),
      /** The newest exam that showed something, judged by the policy in force. */
      last: z
        .object({
          exam_id: examId,
          closed_at: z.string(),
          outcome: z.enum(['passed', 'failed', 'open', 'none']),
          sentence: z.string(),
          /** Empty if the exam was erased. */
          examiners: z.array(z.object({ node_id: z.string(), answered: z.boolean(), outvoted: z.boolean() })),
        })
        .nullable(),
      gaps: z.array(
        z.object({
          what: z.string(),
          speaks: z.boolean(),
          evidence: z.number(),
          limit: z.number(),
          sentence: z.string(),
        }),
      ),
      /** At whose opening the next exam is drawn at the latest. */
      due_by_epoch: field.count.nullable(),
      /** Since when an exam is overdue by the policy's `maxAgeMs`. */
      overdue_since: z.string().nullable(),
      /** Null: it examines nobody. */
      examiner: z
        .object({
          eligible: z.boolean(),
          outvoted_in: z.array(examId),
          suspended_at: z.string().nullable(),
        })
        .nullable(),
    })
    .optional(),
});
export type NodeDetail = z.infer<typeof nodeDetail>;

export const logPage = z.object({
  size: field.count,
  root_hash: z.string(),
  entries: z.array(logEntryView),
  /** The index at which to go on; everything before it was looked at. */
  next: field.count,
});
export type LogPage = z.infer<typeof logPage>;

/** A line of the answer that follows the log: an entry, or at the end where to go on. */
export const logLine = z.union([logEntryView, z.object({ next: field.count })]);
export type LogEntryView = z.infer<typeof logEntryView>;

/** Release, revocation and a reset of sequences each carry a reason for the log. */
export const reasonRequest = z.strictObject({ reason: field.reason });

/** So does a quarantine, which may end by itself. */
export const quarantineRequest = reasonRequest.extend({
  for_seconds: z
    .number()
    .int()
    .min(60)
    .max(30 * 86_400)
    .optional(),
});

/** Kinds of message whose last sequence the controller keeps for each node. */
const sequenceKind = z.enum(['benchmark', 'endpoint', 'leave', 'applied']);
export type SequenceKind = z.infer<typeof sequenceKind>;

/** What a reset has lowered, by kind of message; empty if no sequence was ahead of the clock. */
export const sequenceReset = z.object({
  node_id: field.nodeId,
  lowered: z.array(z.object({ kind: sequenceKind, from: field.count, to: field.count })),
});
export type SequenceReset = z.infer<typeof sequenceReset>;

/** The state of leases: the usual length, and the window in which they last longer, if there is one. */
export const maintenanceStatus = z.object({
  mesh_id: field.meshId,
  /** The length of a lease when no work is planned. */
  lease_seconds: field.count,
  window: z
    .object({
      request_id: z.string(),
      officer: z.string(),
      reason: z.string(),
      started_at: z.string(),
      until: z.string(),
    })
    .nullable(),
});
export type MaintenanceStatus = z.infer<typeof maintenanceStatus>;

export const rotateAnswer = z.object({
  status: z.literal('rotate triggered'),
  epoch_id: field.count,
  activate_at: z.string(),
});
export type RotateAnswer = z.infer<typeof rotateAnswer>;
