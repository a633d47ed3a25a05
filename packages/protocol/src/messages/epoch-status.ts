// Which nodes are in the mesh, and why: `GET /v1/epoch`, `GET /health`, and the controller's status.json.

import * as z from 'zod';
import * as field from '../fields.ts';
import { membership } from './benchmark.ts';

const nodeStanding = z.object({ membership, reason: z.string(), reason_code: z.string() });

export const epochStatus = z.object({
  epoch_id: field.count,
  expiry_utc: z.string(),
  secret_hash: z.string(),
  server_time_ms: field.instantMs,
  nodes: z.record(z.string(), nodeStanding),
});
export type EpochStatus = z.infer<typeof epochStatus>;

export const health = z.object({
  status: z.literal('ok'),
  epoch_id: field.count,
  /** Only for operators: what the listeners have refused since the controller's start, by reason. */
  refused_total: z.record(z.string(), field.count).optional(),
  /** Only for operators: since when a flood goes on; null if none does. */
  flood_since: z.string().nullable().optional(),
  /** Only for operators: how much the controller's database has grown. */
  storage: z
    .object({
      database_bytes: field.count,
      /** Of these, what is free for new rows. */
      free_bytes: field.count,
      /** The write-ahead log beside it. */
      wal_bytes: field.count,
      log_entries: field.count,
      /** For how many days details are kept; null: for ever. */
      details_days: field.count.nullable(),
      /** For how many days signed configs' digests are kept. Absent: the controller does not say. */
      configs_days: field.count.optional(),
      /** After how many days full tiles of the log move to its folder; null: they stay. Absent as above. */
      move_after_days: field.count.nullable().optional(),
      erasures_pending: field.count,
      /** What is in the folder of the published log and no longer in the database. Absent: nothing. */
      moved: z
        .object({
          /** Of 256 entries each. */
          tiles: field.count,
          /** Of their files, with those of their entries. */
          bytes: field.count,
          folder: z.string(),
        })
        .optional(),
    })
    .optional(),
  /** Only for operators: the heads of the log, and who has cosigned the newest one. */
  log: z
    .object({
      /** How many entries the newest head covers that everybody is shown, and that nodes are shown. */
      published_size: field.count,
      offered_size: field.count,
      member_cosignatures: field.count,
      required_member_cosignatures: field.count,
      /**
       * The names of those whose cosignatures the published head bears. Absent: the controller does not say.
       */
      cosigned_by: z.array(z.string()).optional(),
      /** Nodes whose newest report says that they refuse the log. */
      refused_by: z.array(field.nodeId),
    })
    .optional(),
  /** Only for operators, under a policy with exams. */
  exams: z
    .object({
      /** They have lost the role, because others have outvoted them. */
      suspended_examiners: z.array(field.nodeId),
      /** How many admitted nodes lack a recent exam, and the ids of the first of them. */
      overdue: field.count,
      overdue_nodes: z.array(field.nodeId),
    })
    .optional(),
  /** Only for operators: the receivers of alerts. Absent: there is none. */
  alerts: z
    .object({
      receivers: field.count,
      /** How many alerts wait, and how many were never delivered. */
      pending: field.count,
      dropped: field.count,
      /** The receivers that do not take alerts now. */
      failing: z.array(z.object({ name: z.string(), since: z.string(), why: z.string() })),
    })
    .optional(),
});
export type Health = z.infer<typeof health>;

/** `reason` of a node is a sentence for its `reason_code`: no score is in the file. */
export const statusFile = z.object({
  epoch: z.object({ id: field.count, expiry_utc: z.string(), secret_hash: z.string() }),
  /** What an operator should know: one sentence each. */
  warnings: z.array(z.string()),
  /** The nodes that the safety brake holds in, and when the last of these holds ends; null: none. */
  brake: z.object({ held: field.count, until_utc: z.string() }).nullable(),
  nodes: z.record(
    z.string(),
    nodeStanding.extend({
      declining: z.boolean(),
      /** How much the node may carry with each peer, as far as this end decides; null: no limit. */
      limit_bits_per_second: field.count.nullable(),
      last_benchmark: z.object({ timestamp: z.string(), suite_version: z.string() }).nullable(),
      last_update_utc: z.string(),
    }),
  ),
});
export type StatusFile = z.infer<typeof statusFile>;
