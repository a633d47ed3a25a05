// Recognises the exam, over the wire: a node that measures itself as good, and answers its examiners worse,
// is cut for the gap, although it passes each exam. One that is as good as it says stays.

import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  assignmentOf,
  commitment,
  EXAMS,
  poolText,
  result,
  untilClosed,
  untilDrawn,
} from '../support/exams.ts';
import { type RunningMesh, runningMesh } from '../support/running-mesh.ts';

/** Of 20 items, those that each examiner finds good. */
const GOOD_OF_20 = { 'node-a': 14, 'node-b': 18 };

let mesh: RunningMesh;
beforeAll(async () => {
  // Their own results are 0.9 each.
  mesh = await runningMesh(['node-a', 'node-b', 'node-c', 'node-d'], {
    epoch_seconds: 20,
    policy: {
      minResultGapMs: 0,
      threshold: 0.3,
      exams: { ...EXAMS, oneFails: 'ignore', gap: { tolerance: 0.1, promptsPerFalseCut: 1_000 } },
    },
  });
  await mesh.controller.admin.loadPool({ text: poolText(400), reason: 'the first' });
});
afterAll(() => mesh[Symbol.asyncDispose]());

/** One exam of the node, in which every examiner finds the same. */
async function pass(examined: keyof typeof GOOD_OF_20): Promise<void> {
  const { view } = mesh.controller.running.services;
  const exam = [...view.exams().open()].find(({ nodeId }) => nodeId === examined);
  for (const { examiner } of exam?.assignments ?? []) {
    const node = mesh.node(examiner);
    const assignment = await assignmentOf(node, examined);
    await node.client.commitExam(commitment(node, assignment.exam_id));
    const grades = assignment.items.map(({ index }, at) => ({
      index,
      score: at < GOOD_OF_20[examined] ? 1 : 0,
    }));
    await node.client.answerExam(result(node, assignment, 1, { grades }));
  }
  await untilClosed(mesh, examined);
}

it('a node that is worse for its examiners than for itself is cut by the gap, and an honest one stays', async () => {
  const { admin } = mesh.controller;
  const shown = async (name: string) => await admin.node(name);
  let exams = 0;
  for (; exams < 12 && (await shown('node-a')).membership === 'ALLOWED'; exams++) {
    await untilDrawn(mesh);
    await pass('node-b');
    await pass('node-a');
  }
  const cut = await shown('node-a');
  expect(cut).toMatchObject({ membership: 'DENIED', reason_code: 'exam_gap' });
  expect(cut.reason).toMatch(/0\.90?\b.*0\.70?\b|0\.70?\b.*0\.90?\b/);
  expect(exams).toBeGreaterThan(1);
  expect(await shown('node-b')).toMatchObject({ membership: 'ALLOWED', reason_code: 'ok' });
  // Each exam alone was passed.
  const { exams: held } = await admin.exams();
  const own = held.filter(({ node_id, state }) => node_id === 'node-a' && state === 'closed');
  expect(own.map(({ verdict }) => verdict?.outcome)).toEqual(Array(exams).fill('passed'));
});
