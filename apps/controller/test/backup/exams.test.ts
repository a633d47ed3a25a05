// A restore from a backup chooses no draw and brings no secret back. What was open in the backup is
// cancelled, every challenge that was promised is replaced, and items that were used up since stay so.

import { join } from 'node:path';
import { parseVerifierKey } from '@mesh/audit';
import { parseExamFile, verifyExam } from '@mesh/evidence';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { restoreBackup } from '../../src/restore.ts';
import { openSealer } from '../../src/store/open-store.ts';
import { verifyDatabase } from '../../src/store/verify/verify-database.ts';
import {
  assignmentOf,
  commitment,
  EXAMS,
  examine,
  nextEpoch,
  poolText,
  result,
  untilClosed,
  untilDrawn,
} from '../support/exams.ts';
import { fetchBackup } from '../support/fetch-backup.ts';
import { problemOf, type RunningMesh, runningMesh } from '../support/running-mesh.ts';

let mesh: RunningMesh;
beforeEach(async () => {
  mesh = await runningMesh(['node-a', 'node-b', 'node-c'], {
    epoch_seconds: 20,
    policy: { minResultGapMs: 0, exams: { ...EXAMS, examiners: 2, items: 5 } },
  });
  await mesh.controller.admin.loadPool({ text: poolText(60, { uses: 1 }), reason: 'the first' });
  await untilDrawn(mesh);
});
afterEach(() => mesh[Symbol.asyncDispose]());

const view = () => mesh.controller.running.services.view;
const open = () => [...view().exams().open()];
const retired = () => [...([...view().exams().pools()][0]?.retired ?? [])];
const promised = () => [...view().nodes()].flatMap(({ exams }) => exams?.next.challenge ?? []);
const file = () => join(mesh.controller.directory, 'a.backup');

async function restore(lostEntries: number): Promise<void> {
  const { controller, clock } = mesh;
  await controller.stop();
  const lose = lostEntries === 0 ? {} : { lose: lostEntries };
  await restoreBackup(controller.config, { file: file(), checkpoints: [], ...lose }, clock);
  await controller.start();
  for (const node of Object.values(mesh.nodes)) node.reconnect();
}

it('goes on with no exam of the backup, and with what exams had shown by then', async () => {
  const { controller } = mesh;
  for (const examiner of ['node-b', 'node-c']) await examine(mesh.node(examiner), 'node-a', 1);
  await untilClosed(mesh, 'node-a');
  const evidence = view().node('node-a')?.exams?.evidence;
  const [closed] = (await controller.admin.exams()).exams.filter(({ state }) => state === 'closed');
  const b = mesh.node('node-b');
  const assignment = await assignmentOf(b, 'node-c');
  await b.client.commitExam(commitment(b, assignment.exam_id));
  const secrets = [...promised(), ...open().map(({ challenge }) => challenge.challenge)];
  const { log_size: size } = await fetchBackup(controller.admin, file());
  // What is lost: the grades that made of the open exam a closed one, whose challenge everybody may read.
  await b.client.answerExam(result(b, assignment, 1));
  await examine(mesh.node('node-a'), 'node-c', 1);
  await untilClosed(mesh, 'node-c');
  const { size: later } = controller.running.services.journal.head();
  await restore(later - size);
  expect(open()).toEqual([]);
  expect(promised()).toHaveLength(3);
  expect(promised().filter((challenge) => secrets.includes(challenge))).toEqual([]);
  expect((await problemOf(b.client.answerExam(result(b, assignment, 1)))).code).toBe('state_conflict');
  expect(view().node('node-a')?.exams?.evidence).toEqual(evidence);
  expect(view().node('node-c')?.exams?.evidence?.last).toBeUndefined();
  expect(await controller.admin.exam(closed?.exam_id ?? '')).toEqual(closed);
  expect((await controller.admin.exam(assignment.exam_id)).verdict).toEqual({
    outcome: 'none',
    sentence: 'cancelled, because the controller was restored from a backup',
  });
  // Its file shows what cancelled it.
  await nextEpoch(mesh);
  const { origin, verifier_keys: keys } = await controller.admin.logKey();
  const trust = { origin, logKeys: keys.map(parseVerifierKey), required: 0, witnessKeys: [] };
  const proof = parseExamFile(await controller.admin.examProof(assignment.exam_id));
  const report = verifyExam(proof, trust as never);
  expect(report.verdict).toBe('proven');
  expect(report.steps).toContainEqual(expect.objectContaining({ step: 'cancellation', outcome: 'shown' }));
  const { entries } = await controller.admin.log({ limit: 1_000 });
  const types = entries.map(({ entry }) => (entry as unknown as { type: string }).type);
  expect(types.slice(types.indexOf('controller_started', size)).slice(0, 6)).toEqual([
    'controller_started',
    'backup_restored',
    'exam_closed',
    'exam_closed',
    'exam_promised',
    'exam_promised',
  ]);
  // Another start is no restore.
  const challenges = promised();
  await controller.restart();
  expect(promised()).toEqual(challenges);
});

it('asks no item again that the database before had used up, and draws anew', async () => {
  const { controller } = mesh;
  const first = retired();
  expect(first.length).toBeGreaterThan(0);
  const { log_size: size } = await fetchBackup(controller.admin, file());
  for (const examiner of ['node-b', 'node-c']) await examine(mesh.node(examiner), 'node-a', 1);
  await untilClosed(mesh, 'node-a');
  await untilDrawn(mesh);
  const used = retired();
  expect(used.length).toBeGreaterThan(first.length);
  const { size: later } = controller.running.services.journal.head();
  await restore(later - size);
  expect(retired().sort((a, b) => a - b)).toEqual(used.sort((a, b) => a - b));
  await untilDrawn(mesh);
  const asked = open().flatMap(({ assignments }) => assignments.flatMap(({ items }) => items));
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((index) => used.includes(index))).toEqual([]);
  await controller.stop();
  const db = new SqliteDatabase(controller.paths.database);
  expect(verifyDatabase(db, { sealer: openSealer(controller.config), known: [] }).faults).toEqual([]);
  db.close();
});
