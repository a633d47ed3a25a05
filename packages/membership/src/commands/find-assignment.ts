// Finds the assignment that an examiner's message is about.

import { formatRfc3339 } from '@mesh/primitives';
import { type ExamCommitment, type Problem, problem } from '@mesh/protocol';
import type { ExamAssignment, OpenExam } from '../events/exams.ts';
import type { MeshView } from '../state/mesh-view.ts';
import type { CommandContext } from './outcome.ts';

export type FoundAssignment =
  | { readonly exam: OpenExam; readonly assignment: ExamAssignment }
  | { readonly problem: Problem };

/** Who has no part in an exam learns no more of it than of one that does not exist. */
export function findAssignment(
  view: MeshView,
  { nowMs }: Pick<CommandContext, 'nowMs'>,
  { exam_id: examId, node_id: nodeId }: Pick<ExamCommitment, 'exam_id' | 'node_id'>,
): FoundAssignment {
  const exam = view.exams().exam(examId);
  const assignment = exam?.assignments.find(({ examiner }) => examiner === nodeId);
  if (exam === undefined || assignment === undefined)
    return {
      problem: problem(
        'state_conflict',
        `no exam ${examId} is open in which node ${nodeId} is an examiner: drop it`,
      ),
    };
  if (nowMs >= exam.endsAtMs)
    return {
      problem: problem('state_conflict', `exam ${examId} ended at ${formatRfc3339(exam.endsAtMs)}: drop it`),
    };
  if (view.node(nodeId)?.membership !== 'admitted')
    return {
      problem: problem(
        'state_conflict',
        `node ${nodeId} is not in, and only nodes that are in examine others`,
      ),
    };
  if (view.exams().examiner(nodeId)?.suspendedBy !== undefined)
    return {
      problem: problem(
        'state_conflict',
        `node ${nodeId} is no examiner any more: an operator restores it with: meshctl examiners restore ${nodeId}`,
      ),
    };
  return { exam, assignment };
}
