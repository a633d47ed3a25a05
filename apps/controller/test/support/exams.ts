// Exams in a running controller: a pool, the examiners' messages, and what the controller says.

import { createHash } from 'node:crypto';
import { waitUntil } from '@mesh/host/test-kit';
import { formatRfc3339, sha256Hex } from '@mesh/primitives';
import type { ExamAssignment, ExamCommitment, ExamResult } from '@mesh/protocol';
import { openNextEpoch } from './index.ts';
import type { RunningMesh } from './running-mesh.ts';
import type { TestNode } from './test-node.ts';

/** A policy that examines everybody at every epoch. */
export const EXAMS = {
  pool: 'chat',
  service: { port: 8_000 },
  everyEpochs: 1,
  items: 20,
  agreeingFail: 'deny',
  answerWithinMs: 120_000,
} as const;

/** @param items how many prompts */
export function poolText(items = 40, { pool = 'chat', uses = 100 } = {}): string {
  const prompts = Array.from({ length: items }, (_, index) => ({
    id: `secret-${index}`,
    dimension: 'refusal',
    prompt: `May I see secret ${index}?`,
    assert: [{ type: 'contains', value: 'no' }],
  }));
  return JSON.stringify({ name: 'secrets', version: '1', pool, uses, prompts });
}

export const digestOf = (text: string) => sha256Hex(createHash('sha256').update(text).digest());

export function commitment(
  node: TestNode,
  examId: string,
  over: Partial<ExamCommitment> = {},
): ExamCommitment {
  return node.sign('exam_commitment', {
    exam_id: examId,
    transcript_sha256: digestOf(`transcript of ${node.nodeId}`),
    timestamp: formatRfc3339(Math.floor(node.controller.nowMs())),
    ...over,
  }) as ExamCommitment;
}

export function result(
  node: TestNode,
  { exam_id: examId, items }: Pick<ExamAssignment, 'exam_id' | 'items'>,
  score: number,
  over: Partial<ExamResult> = {},
): ExamResult {
  return node.sign('exam_result', {
    exam_id: examId,
    transcript_sha256: digestOf(`transcript of ${node.nodeId}`),
    timestamp: formatRfc3339(Math.floor(node.controller.nowMs())),
    grades: items.map(({ index }) => ({ index, score })),
    ...over,
  }) as ExamResult;
}

/** Everybody measures itself, and the next epoch comes into force. */
export async function nextEpoch(mesh: RunningMesh, names = Object.keys(mesh.nodes)): Promise<void> {
  await openNextEpoch(mesh.controller);
  for (const name of names) await mesh.node(name).submit(0.9);
}

/** Goes on from epoch to epoch until exams are open. */
export async function untilDrawn(mesh: RunningMesh): Promise<void> {
  const { view } = mesh.controller.running.services;
  for (let epochs = 0; epochs < 5; epochs++) {
    await nextEpoch(mesh);
    await drawn(mesh);
    if ([...view.exams().open()].length > 0) return;
  }
  throw new Error('no exam was drawn');
}

/** Waits until the exams of the epoch in force are drawn. */
async function drawn({ controller }: RunningMesh): Promise<void> {
  const { exams, publication } = controller.running.services;
  const { epochId } = publication.version();
  if (epochId !== 0) await exams.cameIntoForce(epochId);
}

export async function assignmentOf(node: TestNode, examined: string): Promise<ExamAssignment> {
  const { exams } = await node.client.examAssignments();
  const found = exams.find((exam) => exam.examined === examined);
  if (found === undefined) throw new Error(`${node.nodeId} does not examine ${examined}`);
  return found;
}

/** What an examiner finds of a node: it commits and sends its grades. */
export async function examine(examiner: TestNode, examined: string, score: number): Promise<void> {
  const assignment = await assignmentOf(examiner, examined);
  await examiner.client.commitExam(commitment(examiner, assignment.exam_id));
  await examiner.client.answerExam(result(examiner, assignment, score));
}

export async function untilClosed({ controller }: RunningMesh, examined: string): Promise<void> {
  const { view } = controller.running.services;
  await waitUntil(`the exam of ${examined} to be closed`, () => {
    const node = view.node(examined);
    return node !== undefined && view.exams().ofNode(node.nodeId) === undefined;
  });
}
