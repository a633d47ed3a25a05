// How far an examiner is with an exam, for the status.

import type { AssignedExam } from './assigned-exam.ts';
import type { ExamTrouble } from './exam-trouble.ts';

export type ExamStep = 'asking' | 'committing' | 'grading' | 'sending' | 'sent' | 'given_up' | 'withdrawn';

export class ExamProgress {
  readonly exam: AssignedExam;
  step: ExamStep = 'asking';
  /** How many items have an answer, or a reason why not. */
  asked = 0;
  /** What keeps this node from going on now, or has kept it. */
  trouble: ExamTrouble | undefined;

  constructor(exam: AssignedExam) {
    this.exam = exam;
  }
}
