// Closes an exam: judges its results together, folds them into what is remembered of the node, takes the role
// from examiners that were outvoted, and decides on the node.

import { defined, type NodeId } from '@mesh/primitives';
import { type ExaminerResult, type ExamRule, judgeExam, nextExam } from '@mesh/scoring';
import type { MeshEvent } from '../events/mesh-event.ts';
import { type ExamPoolRecord, isAnswered, type OpenExam } from '../state/exams.ts';
import type { MeshView } from '../state/mesh-view.ts';
import { withDecision } from './decide-node.ts';
import { type Command, type CommandContext, done } from './outcome.ts';

/** Does nothing for an exam that is closed already, or that waits for results and has time left. */
export function closeExam(examId: string): Command {
  return (view, context) => {
    const exam = view.exams().exam(examId);
    if (exam === undefined || !(isAnswered(exam) || context.nowMs >= exam.endsAtMs)) return done([]);
    return done(closing(view, context, exam));
  };
}
