// What the status says of this node as an examiner.

import type { Examiner } from '../exams/examiner.ts';
import type { ExamStatus } from './agent-status.ts';

/** Null if this node takes no exams. */
export function examStatus(examiner: Pick<Examiner, 'progress'> | undefined): ExamStatus[] | null {
  if (examiner === undefined) return null;
  return examiner.progress().map(({ exam, step, asked, trouble }) => ({
    exam_id: exam.examId,
    examined: exam.examined,
    service: { address: exam.service.address, port: exam.service.port },
    step,
    asked,
    items: exam.items.length,
    ends_at: new Date(exam.endsAtMs).toISOString(),
    trouble: trouble === undefined ? null : { code: trouble.code, message: trouble.message },
  }));
}
