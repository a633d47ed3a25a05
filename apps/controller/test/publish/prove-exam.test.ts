// The file of a closed exam convinces whoever trusts the log's keys, and of nothing else than it happened.

import { parseVerifierKey } from '@mesh/audit';
import { parseExamFile, renderExamFile, verifyExam } from '@mesh/evidence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXAMS, examine, nextEpoch, poolText, untilClosed, untilDrawn } from '../support/exams.ts';
import { problemOf, type RunningMesh, runningMesh } from '../support/running-mesh.ts';

let mesh: RunningMesh;
let examId = '';
beforeAll(async () => {
  mesh = await runningMesh(['node-a', 'node-b', 'node-c', 'node-d'], {
    policy: { minResultGapMs: 0, exams: { ...EXAMS, items: 6 } },
  });
  await mesh.controller.admin.loadPool({ text: poolText(400, { uses: 2 }), reason: 'the first' });
  await untilDrawn(mesh);
  examId = await passExam();
});
afterAll(() => mesh[Symbol.asyncDispose]());

/** An exam of node-a, from its draw to its end. @returns its id */
async function passExam(): Promise<string> {
  const { view } = mesh.controller.running.services;
  const exam = [...view.exams().open()].find(({ nodeId }) => nodeId === 'node-a');
  if (exam === undefined) throw new Error('no exam of node-a is open');
  for (const { examiner } of exam.assignments) await examine(mesh.node(examiner), 'node-a', 1);
  await untilClosed(mesh, 'node-a');
  return exam.examId;
}

async function fileOf(id: string) {
  await nextEpoch(mesh);
  return parseExamFile(await mesh.controller.admin.examProof(id));
}

async function trust() {
  const { origin, verifier_keys: keys } = await mesh.controller.admin.logKey();
  return { origin, logKeys: keys.map(parseVerifierKey), required: 0, witnessKeys: [] } as never;
}

describe('the file of an exam', () => {
  it('verifies, with the draw made again, for the first exam of a node and for the one after it', async () => {
    const report = verifyExam(await fileOf(examId), await trust());
    expect(report).toMatchObject({
      verdict: 'proven',
      exam: { examId, nodeId: 'node-a', pool: 'chat', outvoted: [], outcome: 'passed' },
    });
    expect(report.steps).toContainEqual(
      expect.objectContaining({
        step: 'signatures',
        sentence: expect.stringContaining('hashes of the 3 messages'),
      }),
    );
    await untilDrawn(mesh);
    const next = await passExam();
    const file = await fileOf(next);
    expect(verifyExam(file, await trust())).toMatchObject({ verdict: 'proven', exam: { examId: next } });
    // What promised its challenge is the exam before.
    const types = file.entries.map(({ entry }) => (JSON.parse(entry) as { type: string }).type);
    expect(types.filter((type) => type === 'exam_drawn')).toHaveLength(2);
    expect(types.at(-1)).toBe('exam_closed');
  });

  it('is refuted with another list of those who could have examined, or other items', async () => {
    const file = await fileOf(examId);
    expect(parseExamFile(renderExamFile(file))).toEqual(file);
    const without = { ...file, eligible: file.eligible.slice(1) };
    expect(verifyExam(without, await trust()).verdict).toBe('refuted');
    expect(verifyExam({ ...file, live: file.live.slice(1) }, await trust()).verdict).toBe('refuted');
  });

  it('is not made while the exam is open, and for none that is not', async () => {
    const { admin } = mesh.controller;
    await untilDrawn(mesh);
    const [open] = (await admin.exams()).exams.filter(({ state }) => state === 'open');
    expect((await problemOf(admin.examProof(open?.exam_id ?? ''))).code).toBe('state_conflict');
    expect((await problemOf(admin.examProof('0'.repeat(32)))).code).toBe('not_found');
  });
});
