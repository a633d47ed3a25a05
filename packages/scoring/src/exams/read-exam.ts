// Reads what was recorded of exams: closed exams from the log, and what is remembered of a node's.

import * as z from 'zod';
import { BET_FRACTIONS } from '../statistics/e-detector.ts';
import type { ExamEvidence } from './exam-evidence.ts';
import type { ClosedExam } from './exam-results.ts';

const count = z.number().int().min(0);
const share = z.number().min(0).max(1);
const ms = z.number().int();
const amount = z.number().min(0);

const closedExam = z.strictObject({
  examId: z.string(),
  closedAtMs: ms,
  examiners: count,
  outvoted: count,
  disagree: z.boolean(),
  grades: z.array(
    z.strictObject({ dimension: z.string(), weight: z.number().positive(), score: share, items: count }),
  ),
  pairs: z.array(z.strictObject({ known: share, paraphrase: share, pairs: count })),
}) satisfies z.ZodType<ClosedExam>;

const gap = z.strictObject({
  tolerance: share,
  evidence: z.array(amount).length(BET_FRACTIONS.length),
  compared: count,
  expected: amount,
  found: amount,
});

const examEvidence = z.strictObject({
  sinceMs: ms.exactOptional(),
  last: z
    .strictObject({
      examId: z.string(),
      closedAtMs: ms,
      examiners: count,
      disagree: z.boolean(),
      byPoint: z.boolean(),
      tallies: z.record(
        z.string(),
        z.strictObject({ items: count, weight: amount, squares: amount, good: amount }),
      ),
    })
    .exactOptional(),
  gaps: z.strictObject({ self: gap.exactOptional(), known: gap.exactOptional() }).exactOptional(),
}) satisfies z.ZodType<ExamEvidence>;

/** Undefined for anything else. */
export function readClosedExam(value: unknown): ClosedExam | undefined {
  return closedExam.safeParse(value).data;
}

/** Undefined for anything else. */
export function readExamEvidence(value: unknown): ExamEvidence | undefined {
  return examEvidence.safeParse(value).data;
}
