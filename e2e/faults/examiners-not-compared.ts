// The results of an exam, taken as they are: nobody is outvoted.

import type { ComparedExaminers } from '../../packages/scoring/src/exams/compare-examiners.ts';
import type { ExaminerResult } from '../../packages/scoring/src/exams/exam-results.ts';

export function compareExaminers(_rule: object, results: readonly ExaminerResult[]): ComparedExaminers {
  return { counted: results.map(({ examinerId }) => examinerId), outvoted: [], disagree: false };
}
