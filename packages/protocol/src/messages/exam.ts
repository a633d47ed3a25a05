// What an examiner exchanges with the controller: its assignments, the commitment to what it was answered,
// and its grades. The examined node has no part in this.

import { EXAM_APIS, MAX_EXAM_ITEMS } from '@mesh/scoring';
import * as z from 'zod';
import { examId } from '../exam-ids.ts';
import * as field from '../fields.ts';

/** The exams that one examiner can have open at a time. */
export const MAX_OPEN_ASSIGNMENTS = 64;

/** A place in the pool. */
const itemIndex = field.count.max(1_000_000);

/** Prompts alone: what is asked of an answer comes with the answer to the commitment. */
export const examAssignment = z.object({
  exam_id: examId,
  epoch_id: field.epochId,
  /** The node whose service is asked. */
  examined: field.nodeId,
  service: z.object({
    /** The examined node's overlay address, without a prefix length. */
    address: field.overlayAddress,
    port: field.port,
    path: z.string().min(1).max(256),
    api: z.enum(EXAM_APIS),
    model: z.string().min(1).max(256).optional(),
  }),
  /** The system message that goes before every prompt. */
  system: z.string().max(65_536).optional(),
  /** In the order in which they are to be asked. */
  items: z
    .array(z.object({ index: itemIndex, prompt: z.string().max(65_536) }))
    .min(1)
    .max(MAX_EXAM_ITEMS),
  starts_at: field.timestamp,
  /** Commitment and result must have arrived by then. */
  ends_at: field.timestamp,
});
export type ExamAssignment = z.infer<typeof examAssignment>;

/** `GET /v1/exams/{node_id}`: the caller's open assignments. */
export const examAssignments = z.object({ exams: z.array(examAssignment).max(MAX_OPEN_ASSIGNMENTS) });
export type ExamAssignments = z.infer<typeof examAssignments>;

const byExaminer = {
  mesh_id: field.meshId,
  /** The examiner. */
  node_id: field.nodeId,
  exam_id: examId,
  /** As `transcriptDigest` of @mesh/harness computes it. */
  transcript_sha256: field.sha256Hex,
  timestamp: field.timestamp,
};

/**
 * `POST /v1/exams/{node_id}/commitment`: what was answered is fixed from here on. The same digest may be sent
 * again; another one is refused.
 */
export const examCommitment = z.strictObject({ ...byExaminer, signature: field.signature });
export type ExamCommitment = z.infer<typeof examCommitment>;

/** How the answer to each item of the assignment is graded. */
export const examGrading = z.object({
  grading: z
    .array(
      z.object({
        index: itemIndex,
        dimension: field.metricName,
        weight: z.number().positive(),
        /** Assertions as a suite of @mesh/harness has them. */
        assert: z
          .array(
            z.object({
              type: z.string().max(64),
              value: z.string().max(8_192),
              ignoreCase: z.boolean(),
              threshold: z.number().optional(),
              weight: z.number().positive(),
            }),
          )
          .min(1)
          .max(128),
      }),
    )
    .min(1)
    .max(MAX_EXAM_ITEMS),
});
export type ExamGrading = z.infer<typeof examGrading>;

export const examGrade = z.strictObject({
  index: itemIndex,
  /** 0 to 1; 0 if there was no answer. */
  score: z.number().min(0).max(1),
  latency_ms: z.number().min(0).max(86_400_000).optional(),
  /** Why there was no answer to grade. */
  problem: field.singleLine(256).min(1).optional(),
});
export type ExamGrade = z.infer<typeof examGrade>;

/**
 * `POST /v1/exams/{node_id}/result`: one grade for every item of the assignment. Refused without a commitment
 * to the same transcript, after `ends_at`, and if another result was accepted before.
 */
export const examResult = z.strictObject({
  ...byExaminer,
  grades: field.listOf(examGrade, MAX_EXAM_ITEMS),
  signature: field.signature,
});
export type ExamResult = z.infer<typeof examResult>;

export const examReceived = z.object({ status: z.literal('received') });
