// What a node is to do as an examiner now.

import type { MeshView, OpenExam } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import { MAX_OPEN_ASSIGNMENTS } from '@mesh/protocol';

/**
 * The exams that wait for this examiner, the one that ends first before the others. Those of nodes that are
 * out for good are left out: nobody is there to ask.
 */
export function assignmentsOf(view: MeshView, examiner: NodeId): OpenExam[] {
  return [...view.exams().ofExaminer(examiner)]
    .filter(({ nodeId, assignments }) => {
      const own = assignments.find((assignment) => assignment.examiner === examiner);
      return own?.grades === undefined && view.node(nodeId)?.status === 'active';
    })
    .sort((one, other) => one.endsAtMs - other.endsAtMs)
    .slice(0, MAX_OPEN_ASSIGNMENTS);
}

export function assignmentIds(view: MeshView, examiner: NodeId): string[] {
  return assignmentsOf(view, examiner).map(({ examId }) => examId);
}
