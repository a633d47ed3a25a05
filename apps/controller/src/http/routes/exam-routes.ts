// GET /v1/exams/{node_id}, POST …/commitment and …/result: what a node does as an examiner.

import { type MeshView, type OpenExam, takeExamCommitment, takeExamResult } from '@mesh/membership';
import { defined, formatRfc3339, type NodeId } from '@mesh/primitives';
import {
  type ExamAssignment,
  type ExamAssignments,
  type ExamGrading,
  examCommitment,
  examResult,
  ProblemError,
} from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Judge } from '../../judge/judge.ts';
import { assignmentsOf } from '../../publish/exam-assignments.ts';
import type { NodesEnv } from '../gate/nodes-env.ts';
import { type ReceivePorts, receiveSigned } from '../receive/receive-signed.ts';

export interface ExamPorts extends ReceivePorts {
  readonly view: MeshView;
  readonly judge: Judge;
}

/** The prompts of one answer, in characters. What does not fit is told when the others are done. */
const MOST_PROMPT_CHARS = 2_097_152;

export function examAssignmentsRoute({ view }: Pick<ExamPorts, 'view'>): Handler<NodesEnv> {
  return (context) => {
    const exams: ExamAssignment[] = [];
    let chars = 0;
    for (const exam of assignmentsOf(view, context.get('node').nodeId)) {
      const assignment = assignmentFor(view, exam, context.get('node').nodeId);
      if (assignment === undefined) continue;
      chars += assignment.items.reduce((sum, { prompt }) => sum + prompt.length, 0);
      if (exams.length > 0 && chars > MOST_PROMPT_CHARS) break;
      exams.push(assignment);
    }
    const answer: ExamAssignments = { exams };
    return context.json(answer);
  };
}

/** @returns undefined if there is nobody to ask any more */
function assignmentFor(view: MeshView, exam: OpenExam, examiner: NodeId): ExamAssignment | undefined {
  const address = view.node(exam.nodeId)?.addresses[0];
  const asked = itemsOf(view, exam, examiner);
  const system = asked[0]?.system;
  if (address === undefined || asked.length === 0) return undefined;
  return {
    exam_id: exam.examId,
    epoch_id: exam.epochId,
    examined: exam.nodeId,
    service: { address, ...exam.service },
    ...defined({ system }),
    items: asked.map(({ index, prompt }) => ({ index, prompt })),
    starts_at: formatRfc3339(exam.startsAtMs),
    ends_at: formatRfc3339(exam.endsAtMs),
  };
}

/** The items of an examiner, in the order in which they were drawn. */
function itemsOf(view: MeshView, { root, assignments }: OpenExam, examiner: NodeId) {
  const pool = view.exams().pool(root);
  const own = assignments.find((assignment) => assignment.examiner === examiner);
  return (own?.items ?? []).flatMap((index) => {
    const item = pool?.items[index]?.item;
    return item === undefined ? [] : [{ ...item, index }];
  });
}

export function commitExamRoute(ports: ExamPorts): Handler<NodesEnv> {
  return async (context) => {
    const { nodeId } = context.get('node');
    const { message, sha256 } = await receiveSigned(ports, 'exam_commitment', context, examCommitment);
    const exam = ports.view.exams().exam(message.exam_id);
    await noting(ports, 'exam_commitment', nodeId, () =>
      ports.judge.run(takeExamCommitment({ message, messageSha256: sha256 })),
    );
    const answer: ExamGrading = {
      grading: (exam === undefined ? [] : itemsOf(ports.view, exam, nodeId)).map(
        ({ index, dimension, weight, assert }) => ({ index, dimension, weight, assert: [...assert] }),
      ),
    };
    return context.json(answer);
  };
}

export function answerExamRoute(ports: ExamPorts): Handler<NodesEnv> {
  return async (context) => {
    const { nodeId } = context.get('node');
    const { message, sha256, bytes } = await receiveSigned(ports, 'exam_result', context, examResult);
    await noting(ports, 'exam_result', nodeId, () =>
      ports.judge.run(takeExamResult({ message, messageSha256: sha256, signedBody: bytes })),
    );
    return context.json({ status: 'received' });
  };
}

/**
 * Logs a refusal under the sender's name. No allowance is charged: for each assignment one commitment and one
 * result are recorded, however often they are sent.
 */
async function noting(
  { refusals }: ExamPorts,
  kind: 'exam_commitment' | 'exam_result',
  nodeId: NodeId,
  run: () => Promise<unknown>,
): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof ProblemError) await refusals.note(nodeId, kind, error.problem);
    throw error;
  }
}
