// An examiner that lies: whatever the examined node answers, it says that every answer was bad.

import { parseTranscript } from '@mesh/harness';
import type { ExamGrade, ExamGrading } from '@mesh/protocol';
import type { AssignedExam } from '../../apps/node-agent/src/exams/assigned-exam.ts';
import type { ExamFile } from '../../apps/node-agent/src/exams/exam-folder.ts';

export async function gradeExam(
  exam: AssignedExam,
  file: ExamFile,
  _grading: ExamGrading['grading'],
): Promise<ExamGrade[]> {
  const { answers } = parseTranscript((await file.transcript(exam)) ?? '');
  return answers.map(({ index }) => ({ index, score: 0 }));
}
