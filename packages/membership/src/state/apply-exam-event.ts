// The part of the fold that is about exams.

import { defined, type NodeId } from '@mesh/primitives';
import type { ExamEvent } from '../events/exam-event.ts';
import type { ExamAssignment, OpenExam } from '../events/exams.ts';
import type { ExamPoolRecord, NodeExams } from './exams.ts';
import { InconsistentEventError } from './inconsistent-event-error.ts';
import type { MeshDraft } from './mesh-draft.ts';
import { outvotesAfter } from './outvotes.ts';

/**
 * @param atMs when it happened, wall clock
 * @throws InconsistentEventError
 */
export function applyExamEvent(draft: MeshDraft, event: ExamEvent, atMs: number): void {
  const exams = draft.exams();
  switch (event.type) {
    case 'exam_pool_loaded': {
      const { pool } = event;
      if (exams.pool(pool.root) !== undefined) throw new InconsistentEventError(event, 'the pool is loaded');
      const used = pool.items.map(() => 0);
      exams.putPool({ ...pool, loadedAtMs: atMs, used, retired: [], isWithdrawn: false });
      return;
    }
    case 'exam_pool_withdrawn':
      exams.putPool({ ...poolOf(draft, event, event.root), isWithdrawn: true });
      return;
    case 'exam_items_retired': {
      const pool = poolOf(draft, event, event.root);
      exams.putPool({ ...pool, retired: [...pool.retired, ...event.indices] });
      return;
    }
    case 'exam_promised': {
      const { nodeId, next, epochId: sinceEpoch } = event;
      const isFirst = draft.node(nodeId)?.exams === undefined;
      const first = isFirst ? { evidence: { sinceMs: atMs } } : {};
      changeNode(draft, event, nodeId, { next, sinceEpoch, ...first });
      return;
    }
    case 'exam_drawn': {
      const { exam, next } = event;
      const pool = poolOf(draft, event, exam.root);
      exams.putPool({ ...pool, used: usedAfter(pool.used, exam.assignments) });
      exams.putList(event.eligible);
      exams.putExam(exam);
      changeNode(draft, event, exam.nodeId, { next, sinceEpoch: exam.epochId, lastExamId: exam.examId });
      return;
    }
    case 'exam_committed':
      changeAssignment(draft, event, { transcriptSha256: event.transcriptSha256 });
      return;
    case 'exam_result':
      changeAssignment(draft, event, { grades: event.grades });
      return;
    case 'exam_closed': {
      const { nodeId, result, outvoted, evidence, cancelled } = event;
      const exam = examOf(draft, event);
      const closed = { atMs, result, outvoted, last: evidence?.last, ...defined({ cancelled }) };
      exams.putExam({ ...exam, closed });
      for (const examiner of outvoted) {
        const outvotes = outvotesAfter(exams, examiner, { examId: exam.examId, examined: nodeId });
        exams.putExaminer({ nodeId: examiner, outvotes, suspendedBy: exams.examiner(examiner)?.suspendedBy });
      }
      // The node may be gone, and its name may be another node's by now.
      const isStill = draft.node(nodeId)?.exams?.lastExamId === exam.examId;
      if (isStill && evidence !== undefined) changeNode(draft, event, nodeId, { evidence });
      return;
    }
    case 'examiner_suspended': {
      const { nodeId, examId } = event;
      const { outvotes } = exams.examiner(nodeId) ?? { outvotes: [] };
      exams.putExaminer({ nodeId, outvotes, suspendedBy: { examId, atMs } });
      return;
    }
    case 'examiner_restored':
      exams.putExaminer({ nodeId: event.nodeId, outvotes: [], suspendedBy: undefined });
      return;
    default:
      event satisfies never;
  }
}

function poolOf(draft: MeshDraft, event: ExamEvent, root: string): ExamPoolRecord {
  const pool = draft.exams().pool(root);
  if (pool === undefined) throw new InconsistentEventError(event, 'there is no such pool');
  return pool;
}

type EventOfExam = Extract<ExamEvent, { type: 'exam_committed' | 'exam_result' | 'exam_closed' }>;

function examOf(draft: MeshDraft, event: EventOfExam): OpenExam {
  const exam = draft.exams().exam(event.examId);
  if (exam === undefined) throw new InconsistentEventError(event, 'no such exam is open');
  return exam;
}

function changeAssignment(
  draft: MeshDraft,
  event: Exclude<EventOfExam, { type: 'exam_closed' }>,
  changed: Partial<ExamAssignment>,
): void {
  const exam = examOf(draft, event);
  if (!exam.assignments.some(({ examiner }) => examiner === event.examiner))
    throw new InconsistentEventError(event, `${event.examiner} is no examiner of it`);
  const assignments = exam.assignments.map((assignment) =>
    assignment.examiner === event.examiner ? { ...assignment, ...changed } : assignment,
  );
  draft.exams().putExam({ ...exam, assignments });
}

function changeNode(draft: MeshDraft, event: ExamEvent, nodeId: NodeId, changed: Partial<NodeExams>): void {
  const node = draft.node(nodeId);
  if (node === undefined) throw new InconsistentEventError(event, `there is no node ${nodeId}`);
  const { next, sinceEpoch, ...others } = { ...node.exams, ...changed };
  if (next === undefined || sinceEpoch === undefined)
    throw new InconsistentEventError(event, 'no challenge was fixed before');
  draft.putNode({ ...node, exams: { ...others, next, sinceEpoch } });
}

function usedAfter(used: readonly number[], assignments: readonly ExamAssignment[]): number[] {
  const after = [...used];
  // An item that several examiners ask is in the exam once.
  for (const index of new Set(assignments.flatMap(({ items }) => items)))
    after[index] = (after[index] ?? 0) + 1;
  return after;
}
