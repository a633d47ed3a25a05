// Takes an examiner's grades of the answers that it has committed to.

import { canonicalJson, defined, type JsonValue, type Sha256Hex } from '@mesh/primitives';
import { type ExamResult, type Problem, problem } from '@mesh/protocol';
import type { ExamAssignment, ExamGrade } from '../events/exams.ts';
import { findAssignment } from './find-assignment.ts';
import { type Command, done, refused } from './outcome.ts';

export interface ReceivedExamResult {
  readonly message: ExamResult;
  /** Of the received body. */
  readonly messageSha256: Sha256Hex;
  readonly signedBody?: Uint8Array;
}

/** The same grades may come again: the answer to them may have been lost. */
export function takeExamResult({ message, messageSha256, signedBody }: ReceivedExamResult): Command {
  return (view, context) => {
    const found = findAssignment(view, context, message);
    if ('problem' in found) return refused(found.problem);
    const { exam, assignment } = found;
    const grades = message.grades.map(gradeOf);
    const objection = findObjection(assignment, message, grades);
    if (objection !== undefined) return refused(objection);
    if (assignment.grades !== undefined) return done([]);
    const { examId } = exam;
    const { examiner } = assignment;
    const transcriptSha256 = message.transcript_sha256 as Sha256Hex;
    return done([
      {
        ...{ type: 'exam_result', examId, examiner, transcriptSha256, grades, messageSha256 },
        ...defined({ signedBody }),
      },
    ]);
  };
}

function gradeOf({
  index,
  score,
  latency_ms: latencyMs,
  problem: why,
}: ExamResult['grades'][number]): ExamGrade {
  return { index, score, ...defined({ latencyMs, problem: why }) };
}

function findObjection(
  { items, transcriptSha256, grades: before }: ExamAssignment,
  { transcript_sha256: digest }: ExamResult,
  grades: readonly ExamGrade[],
): Problem | undefined {
  if (transcriptSha256 === undefined)
    return problem('state_conflict', 'no transcript was committed to: send the commitment first');
  if (transcriptSha256 !== digest)
    return problem('state_conflict', 'another transcript was committed to: grade that one');
  const asked = new Set(items);
  const graded = new Set(grades.map(({ index }) => index));
  if (
    grades.length !== items.length ||
    graded.size !== asked.size ||
    ![...graded].every((index) => asked.has(index))
  )
    return problem(
      'invalid_message',
      'grades: there must be one for each item of the assignment, and no other',
    );
  if (before !== undefined && textOf(before) !== textOf(grades))
    return problem('state_conflict', 'other grades were accepted for this exam: they stay');
  return undefined;
}

const textOf = (grades: readonly ExamGrade[]): string => canonicalJson(grades as unknown as JsonValue);
