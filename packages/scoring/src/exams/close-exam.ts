// Closes an exam: which results count, and what is recorded of them.

import { compareExaminers } from './compare-examiners.ts';
import { type ClosedExam, type ExaminerResult, summarise } from './exam-results.ts';
import type { ExamRule } from './exam-rule.ts';

export interface ExamToClose {
  readonly examId: string;
  readonly closedAtMs: number;
  /** Of the examiners that have answered, each once, with every item of its assignment. */
  readonly results: readonly ExaminerResult[];
  /** The pool's pairs, by index: `[known, paraphrase]`. */
  readonly pairs: readonly (readonly [known: number, paraphrase: number])[];
}

export function closeExam(
  rule: Pick<ExamRule, 'honestExaminerBudget'>,
  { examId, closedAtMs, results, pairs }: ExamToClose,
): { readonly closed: ClosedExam; readonly outvoted: readonly string[] } {
  const { counted, outvoted, disagree } = compareExaminers(rule, results);
  const counting = results.filter(({ examinerId }) => counted.includes(examinerId));
  return {
    closed: {
      examId,
      closedAtMs,
      examiners: counted.length,
      outvoted: outvoted.length,
      disagree,
      ...summarise(counting, pairs),
    },
    outvoted,
  };
}
