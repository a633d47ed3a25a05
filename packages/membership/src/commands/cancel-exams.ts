// Ends exams that are open without a verdict: nothing that was answered in them counts.

import type { ExamCancellation, OpenExam } from '../events/exams.ts';
import type { MeshEvent } from '../events/mesh-event.ts';
import { type Command, done } from './outcome.ts';

/** @param nodeId the examined node, as the operator wrote it; it may be the name of a deleted node */
export function cancelExamOf(nodeId: string, cancelled: ExamCancellation): Command {
  return (view, { nowMs }) =>
    done(
      [...view.exams().open()]
        .filter((exam) => exam.nodeId === nodeId)
        .map((exam) => cancellationOf(exam, cancelled, nowMs)),
    );
}

export function cancellationOf(exam: OpenExam, cancelled: ExamCancellation, nowMs: number): MeshEvent {
  const { nodeId, epochId, examId, challenge, assignments } = exam;
  const counts = { examiners: 0, outvoted: 0, disagree: false };
  return {
    ...{ type: 'exam_closed', nodeId, epochId, examId },
    challenge: challenge.challenge,
    assignments,
    result: { examId, closedAtMs: nowMs, ...counts, grades: [], pairs: [] },
    outvoted: [],
    evidence: undefined,
    cancelled,
  };
}
