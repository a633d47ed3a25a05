// Which exams are to be closed, and when the next one is: when its time is over, or when nothing is missing.

import type { OpenExam } from '../events/exams.ts';
import { isAnswered } from '../state/exams.ts';
import type { MeshView } from '../state/mesh-view.ts';

/** The moment at which the exam is to be closed; that of its answers is past already. */
function closesAtMs(exam: OpenExam): number {
  return isAnswered(exam) ? Number.NEGATIVE_INFINITY : exam.endsAtMs;
}

/** When the next exam is to be closed, wall clock; undefined if none is open. */
export function nextExamEndMs(view: Pick<MeshView, 'exams'>): number | undefined {
  let nextMs: number | undefined;
  for (const exam of view.exams().open())
    nextMs = Math.min(nextMs ?? Number.POSITIVE_INFINITY, closesAtMs(exam));
  return nextMs;
}

/** The ids of the exams that are to be closed now. */
export function examsToClose(view: Pick<MeshView, 'exams'>, nowMs: number): string[] {
  return [...view.exams().open()].filter((exam) => closesAtMs(exam) <= nowMs).map(({ examId }) => examId);
}
