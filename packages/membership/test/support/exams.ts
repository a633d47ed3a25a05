// Exams in memory: a pool, policies that examine, and draws that need no cryptography.

import {
  closeExam,
  type DrawExam,
  drawExams,
  type ExamPool,
  loadPool,
  nodesDueForExam,
  type OpenExam,
} from '@mesh/membership';
import { type EpochId, formatRfc3339, parseNodeId } from '@mesh/primitives';
import type { ExamCommitment, ExamResult } from '@mesh/protocol';
import { parsePolicy } from '@mesh/scoring';
import { fakeKey, type Mesh, NOW, sha256 } from './mesh.ts';

export const examined = (over: object = {}, rest: object = {}) =>
  parsePolicy({
    exams: { pool: 'chat', service: { port: 8_000 }, everyEpochs: 1, items: 4, ...over },
    ...rest,
  });

export function poolOf(name: string, items = 12, over: Partial<ExamPool> = {}): ExamPool {
  return {
    name,
    root: fakeKey(`root of ${name}`),
    suite: 'chat suite',
    version: '1',
    uses: 3,
    items: Array.from({ length: items }, (_, index) => ({
      index,
      salt: fakeKey(`salt ${index}`),
      item: {
        id: `item-${index}`,
        dimension: 'refusal',
        prompt: `prompt ${index}`,
        weight: 1,
        assert: [{ type: 'contains', value: 'no', ignoreCase: true, weight: 1 }],
      },
    })),
    pairs: [],
    ...over,
  };
}

export const why = { why: 'tests', actor: { kind: 'socket' } } as const;

export function loadChatPool(mesh: Mesh, over: Partial<ExamPool> = {}, items = 12): void {
  mesh.run(loadPool({ pool: poolOf('chat', items, over), ...why }));
}

let challenges = 0;
/** A challenge whose chance is so high, or so low, that the node is due, or not. */
export function challengeOf(isLucky = true) {
  challenges += 1;
  const challenge = `${(isLucky ? '0' : 'f').repeat(12)}${String(challenges).padStart(52, '0')}`;
  return { challenge, sha256: sha256(challenge) };
}

/** The first examiners in the order of their names, and the first live items. */
export const firstOfAll: DrawExam = ({ live, nodeId, epochId, rule, eligible }) => {
  const examiners = eligible.ids.filter((id) => id !== nodeId).slice(0, rule.examiners);
  if (live.length === 0 || examiners.length === 0) return undefined;
  return {
    examId: sha256(`${nodeId} ${epochId}`).slice(0, 32),
    assignments: examiners.map((examiner) => ({ examiner, items: live.slice(0, rule.items) })),
  };
};

export const epochOf = (mesh: Mesh): EpochId => mesh.state.epochs().at(-1)?.epochId as EpochId;

/** Opens an epoch, and draws what is due. */
export function drawDue(mesh: Mesh, over: Partial<Parameters<typeof drawExams>[0]> = {}, isLucky = true) {
  mesh.freeze();
  return drawNow(mesh, over, isLucky);
}

export function drawNow(mesh: Mesh, over: Partial<Parameters<typeof drawExams>[0]> = {}, isLucky = true) {
  const due = nodesDueForExam(mesh.state, mesh.context(), epochOf(mesh));
  return mesh.run(
    drawExams({
      epochId: epochOf(mesh),
      startsAtMs: mesh.nowMs,
      head: { size: 1_000, rootHash: fakeKey('head') },
      challenges: new Map(due.map((nodeId) => [nodeId, challengeOf(isLucky)])),
      isCovered: () => true,
      arePeers: () => true,
      draw: firstOfAll,
      ...over,
    }),
  );
}

export function examOf(mesh: Mesh, nodeId: string): OpenExam {
  const exam = mesh.state.exams().ofNode(parseNodeId(nodeId));
  if (exam === undefined) throw new Error(`no exam of ${nodeId} is open`);
  return exam;
}

export function commitmentTo(exam: OpenExam, examiner: string, over: Partial<ExamCommitment> = {}) {
  const message = {
    mesh_id: 'testmesh',
    node_id: parseNodeId(examiner),
    exam_id: exam.examId,
    transcript_sha256: sha256(`transcript of ${examiner}`),
    timestamp: formatRfc3339(NOW),
    signature: '',
    ...over,
  } as ExamCommitment;
  return { message, messageSha256: sha256('commitment') };
}

/** Grades every item alike. */
export function resultOf(exam: OpenExam, examiner: string, score: number, over: Partial<ExamResult> = {}) {
  const items = exam.assignments.find((one) => one.examiner === examiner)?.items ?? [];
  const { message } = commitmentTo(exam, examiner);
  return {
    message: { ...message, grades: items.map((index) => ({ index, score })), ...over } as ExamResult,
    messageSha256: sha256('result'),
  };
}

export const close = (mesh: Mesh, exam: OpenExam) => mesh.run(closeExam(exam.examId));
