// Erasure and retention take nothing that an open exam still needs: what examiners have answered counts when
// it is closed, in this process and in the next.

import { parseVerifierKey } from '@mesh/audit';
import { parseExamFile, verifyExam } from '@mesh/evidence';
import { expireDetails } from '@mesh/membership';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSealer } from '../../src/store/open-store.ts';
import { verifyDatabase } from '../../src/store/verify/verify-database.ts';
import { EXAMS, examine, nextEpoch, poolText, untilClosed, untilDrawn } from '../support/exams.ts';
import { type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const NAMES = ['node-a', 'node-b', 'node-c'];

let mesh: RunningMesh;
beforeEach(async () => {
  mesh = await runningMesh(NAMES, {
    policy: { minResultGapMs: 0, exams: { ...EXAMS, examiners: 2, items: 5 } },
  });
  await mesh.controller.admin.loadPool({ text: poolText(60, { uses: 1 }), reason: 'the first' });
  await untilDrawn(mesh);
});
afterEach(() => mesh[Symbol.asyncDispose]());

const services = () => mesh.controller.running.services;
const examOfA = () => [...services().view.exams().open()].find(({ nodeId }) => nodeId === 'node-a');

/** As when everything in the log is older than retention allows. */
async function expireEverything(): Promise<void> {
  await services().judge.run(expireDetails(services().journal.head().size, 1));
  await services().erasures.work();
}

/** Which entries about the exam have their details, by type. */
async function revealed(examId: string): Promise<string[]> {
  const { entries } = await mesh.controller.admin.log({ limit: 1_000 });
  return entries
    .map(({ entry }) => entry as unknown as { type: string; data: { exam_id?: string }; revealed?: object })
    .filter(({ data, revealed: details }) => data.exam_id === examId && details !== undefined)
    .map(({ type }) => type);
}

async function proofOf(examId: string) {
  await nextEpoch(mesh);
  const { admin } = mesh.controller;
  const { origin, verifier_keys: keys } = await admin.logKey();
  const trust = { origin, logKeys: keys.map(parseVerifierKey), required: 0, witnessKeys: [] };
  return verifyExam(parseExamFile(await admin.examProof(examId)), trust as never);
}

async function expectWhole(): Promise<void> {
  await mesh.controller.stop();
  const db = new SqliteDatabase(mesh.controller.paths.database);
  expect(verifyDatabase(db, { sealer: openSealer(mesh.controller.config), known: [] }).faults).toEqual([]);
  db.close();
}

it('an exam whose first answers are older than retention allows is closed with them', async () => {
  await examine(mesh.node('node-b'), 'node-a', 0);
  const before = examOfA();
  const examId = before?.examId ?? '';
  expect(await revealed(examId)).toEqual(['exam_result']);
  await expireEverything();
  // The log has lost the grades, and the exam has not.
  expect(await revealed(examId)).toEqual([]);
  expect(examOfA()).toEqual(before);

  await mesh.controller.restart();
  for (const name of NAMES) mesh.node(name).reconnect();
  expect(examOfA()).toEqual(before);
  await examine(mesh.node('node-c'), 'node-a', 0);
  await untilClosed(mesh, 'node-a');
  const { verdict } = await mesh.controller.admin.exam(examId);
  expect(verdict).toMatchObject({ outcome: 'failed' });
  expect(services().view.node('node-a')?.exams?.evidence?.last).toMatchObject({ examId, examiners: 2 });
  const report = await proofOf(examId);
  expect(report.verdict).toBe('incomplete');
  expect(report.steps).toContainEqual(expect.objectContaining({ code: 'details_erased' }));
  await expectWhole();
});

it('an erasure of an examiner leaves the exams of others that it has answered, and their proofs', async () => {
  await examine(mesh.node('node-b'), 'node-a', 1);
  const before = examOfA();
  const examId = before?.examId ?? '';
  await mesh.controller.admin.eraseNode('node-b', 'asked');
  expect(examOfA()).toEqual(before);
  await examine(mesh.node('node-c'), 'node-a', 1);
  await untilClosed(mesh, 'node-a');
  expect(await revealed(examId)).toEqual(['exam_result', 'exam_result', 'exam_closed']);
  expect(await proofOf(examId)).toMatchObject({ verdict: 'proven', exam: { outcome: 'passed' } });
  await expectWhole();
});
