// Which pairs have an exam open: an examiner, and the node that it examines.

import type { NodeId } from '@mesh/primitives';
import type { MeshView } from '../state/mesh-view.ts';

export interface ExamPair {
  readonly examId: string;
  readonly examiner: NodeId;
  readonly examined: NodeId;
  /** Of the service that is asked, at the examined node. */
  readonly port: number;
  /** When the exam ends at the latest, wall clock. */
  readonly untilMs: number;
}

/**
 * The pairs of a node, at either end, or of everybody. An examiner that has answered has no part in the exam
 * any more, and nobody has who is out for good.
 */
export function* examPairs(view: Pick<MeshView, 'exams' | 'node'>, nodeId?: NodeId): Iterable<ExamPair> {
  for (const exam of examsOf(view, nodeId)) {
    if (view.node(exam.nodeId)?.status !== 'active') continue;
    for (const { examiner, grades } of exam.assignments) {
      const isMeant = nodeId === undefined || nodeId === examiner || nodeId === exam.nodeId;
      if (!isMeant || grades !== undefined || view.node(examiner)?.membership !== 'admitted') continue;
      yield {
        examId: exam.examId,
        examiner,
        examined: exam.nodeId,
        port: exam.service.port,
        untilMs: exam.endsAtMs,
      };
    }
  }
}

function* examsOf(view: Pick<MeshView, 'exams'>, nodeId: NodeId | undefined) {
  if (nodeId === undefined) {
    yield* view.exams().open();
    return;
  }
  const own = view.exams().ofNode(nodeId);
  if (own !== undefined) yield own;
  yield* view.exams().ofExaminer(nodeId);
}
