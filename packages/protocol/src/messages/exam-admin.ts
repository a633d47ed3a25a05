// Pools of exams, exams and examiners, as operators load and see them; and the retired items of a pool, as
// anybody may.

import * as z from 'zod';
import { examId, poolName } from '../exam-ids.ts';
import * as field from '../fields.ts';

/** As long as a suite of @mesh/harness may be. */
const MAX_POOL_TEXT = 1_048_576;

export const loadPoolRequest = z.strictObject({
  /** YAML or JSON, as `parsePool` of @mesh/harness reads it. */
  text: z.string().min(1).max(MAX_POOL_TEXT),
  reason: field.reason,
});
export type LoadPoolRequest = z.infer<typeof loadPoolRequest>;

export const poolSummary = z.object({
  pool: poolName,
  /** Name and version of the suite. */
  suite: z.string(),
  version: z.string(),
  /** The root over the salted items, 32 bytes. */
  root: field.base64Of(32),
  items: field.count,
  /** Known items with a paraphrase. */
  pairs: field.count,
  /** After so many exams an item is retired and opened. */
  uses: field.count,
  retired: field.count,
  state: z.enum(['loaded', 'withdrawn']),
  loaded_at: z.string(),
});
export type PoolSummary = z.infer<typeof poolSummary>;
export const poolList = z.object({ pools: z.array(poolSummary) });

const examinerShare = z.object({
  node_id: field.nodeId,
  state: z.enum(['assigned', 'committed', 'answered', 'missing']),
  /** Only with a result: the mean grade, and of how many items. */
  score: z.number().optional(),
  items: field.count.optional(),
  outvoted: z.boolean(),
});

export const examSummary = z.object({
  exam_id: examId,
  node_id: field.nodeId,
  epoch_id: field.epochId,
  pool: poolName,
  state: z.enum(['open', 'closed']),
  starts_at: z.string(),
  ends_at: z.string(),
  closed_at: z.string().nullable(),
  examiners: z.array(examinerShare),
  /** Once it is closed. */
  verdict: z
    .object({
      outcome: z.enum(['passed', 'failed', 'open', 'none']),
      by: z.enum(['one', 'agreeing']).optional(),
      sentence: z.string(),
    })
    .optional(),
});
export type ExamSummary = z.infer<typeof examSummary>;
/** The newest first. */
export const examList = z.object({ exams: z.array(examSummary), next_cursor: field.nextCursor });

export const examinerSummary = z.object({
  node_id: field.nodeId,
  class: z.string(),
  /** Whether it can be drawn now. */
  eligible: z.boolean(),
  suspended_at: z.string().nullable(),
  /** The exams in which it was outvoted since it last got the role. */
  outvoted_in: z.array(examId),
});
export type ExaminerSummary = z.infer<typeof examinerSummary>;
export const examinerList = z.object({ examiners: z.array(examinerSummary) });

/** Any value of JSON. */
export const jsonValue = z.json();

/** An item as it was sealed, and the way from its leaf to the root. */
export const openedItem = z.object({
  index: field.count,
  salt: field.base64Of(32),
  item: jsonValue,
  path: z.array(field.base64Of(32)).max(63),
});

/** `GET /v1/exams/opened/{pool}`: what has been retired. */
export const openedItems = z.object({
  pool: poolName,
  root: field.base64Of(32),
  /** How many items the root is over. */
  size: field.count,
  /** The index of the log's entry with the root. */
  log_index: field.count,
  items: z.array(openedItem).max(10_000),
});
export type OpenedItems = z.infer<typeof openedItems>;
