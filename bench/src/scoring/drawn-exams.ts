// Exams of nodes with a given behaviour, drawn from a seed.

import { type ClosedExam, closeExam, type SeededRandom } from '@mesh/scoring';

export interface ExamSize {
  readonly examiners: number;
  /** Of each examiner. */
  readonly items: number;
}

/** @param good the share of items that the node answers well */
export function closedExam(
  random: SeededRandom,
  good: number,
  { examiners, items }: ExamSize,
  closedAtMs: number,
): ClosedExam {
  const results = Array.from({ length: examiners }, (_, examiner) => ({
    examinerId: `examiner-${examiner}`,
    grades: Array.from({ length: items }, (_item, index) => ({
      ...{ index, dimension: 'refusal', weight: 1 },
      score: random() < good ? 1 : 0,
    })),
  }));
  const { closed } = closeExam(
    { honestExaminerBudget: 10_000 },
    { examId: '0'.repeat(32), closedAtMs, results, pairs: [] },
  );
  return closed;
}
