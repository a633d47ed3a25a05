// Closes an exam: judges its results together, folds them into what is remembered of the node, takes the role
// from examiners that were outvoted, and decides on the node.

import type { NodeId } from '@mesh/primitives';
import {
  type ClosedExam,
  type ExaminerResult,
  type ExamRule,
  HONEST_EXAMINER_BUDGET,
  closeExam as judgeResults,
  nextExam,
} from '@mesh/scoring';
import type { OpenExam } from '../events/exams.ts';
import type { MeshEvent } from '../events/mesh-event.ts';
import { type ExamPoolRecord, isAnswered } from '../state/exams.ts';
import type { MeshView } from '../state/mesh-view.ts';
import { outvotesAfter } from '../state/outvotes.ts';
import { withDecision } from './decide-node.ts';
import { type Command, type CommandContext, done } from './outcome.ts';

/** Does nothing for an exam that is closed already, or that waits for results and has time left. */
export function closeExam(examId: string): Command {
  return (view, context) => {
    const exam = view.exams().exam(examId);
    const pool = exam === undefined ? undefined : view.exams().pool(exam.root);
    if (exam === undefined || pool === undefined) return done([]);
    if (!isAnswered(exam) && context.nowMs < exam.endsAtMs) return done([]);
    const { nodeId, epochId, assignments, challenge } = exam;
    const { result, outvoted } = judge(exam, pool, context);
    const node = view.node(nodeId);
    const closed: MeshEvent = {
      ...{ type: 'exam_closed', nodeId, epochId, examId },
      challenge: challenge.challenge,
      assignments,
      result,
      outvoted,
      evidence:
        node === undefined
          ? undefined
          : nextExam(context.policy, node.exams?.evidence, result, node.latest, node.class),
    };
    return done(withDecision(view, context, nodeId, [closed, ...suspensions(view, context, exam, outvoted)]));
  };
}

/** No policy examines anybody any more: the results are compared as one would that is as it comes. */
const DEFAULT_RULE: Pick<ExamRule, 'honestExaminerBudget'> = { honestExaminerBudget: HONEST_EXAMINER_BUDGET };

function judge(
  { examId, assignments }: OpenExam,
  pool: ExamPoolRecord,
  { policy, nowMs }: CommandContext,
): { readonly result: ClosedExam; readonly outvoted: readonly NodeId[] } {
  const results = assignments.flatMap((assignment) => resultOf(assignment, pool));
  const { closed, outvoted } = judgeResults(policy.exams ?? DEFAULT_RULE, {
    ...{ examId, closedAtMs: nowMs, results, pairs: pool.pairs },
  });
  return { result: closed, outvoted: outvoted as readonly NodeId[] };
}

function resultOf(
  { examiner, grades }: OpenExam['assignments'][number],
  pool: ExamPoolRecord,
): readonly ExaminerResult[] {
  if (grades === undefined) return [];
  return [
    {
      examinerId: examiner,
      grades: grades.flatMap(({ index, score }) => {
        const item = pool.items[index]?.item;
        return item === undefined ? [] : [{ index, dimension: item.dimension, weight: item.weight, score }];
      }),
    },
  ];
}

/** The examiners that lose the role with this exam. */
function suspensions(
  view: MeshView,
  { policy: { exams: rule } }: { readonly policy: { readonly exams?: ExamRule | undefined } },
  { examId, nodeId: examined }: OpenExam,
  outvoted: readonly NodeId[],
): MeshEvent[] {
  if (rule === undefined) return [];
  return outvoted.flatMap((nodeId): MeshEvent[] => {
    const before = view.exams().examiner(nodeId);
    const { length: count } = outvotesAfter(view.exams(), nodeId, { examId, examined });
    const isNew = count > (before?.outvotes.length ?? 0);
    if (!isNew || count < rule.outvotedAfter || before?.suspendedBy !== undefined) return [];
    return [{ type: 'examiner_suspended', nodeId, examId, outvoted: count }];
  });
}
