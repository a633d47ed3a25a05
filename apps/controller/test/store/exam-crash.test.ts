// The controller dies at any moment of an exam: while a pool is loaded, at the promise, the draw, the
// commitment, the result and the end. The files of each moment verify, hold the state before a transaction or
// after it, and lose nothing that was answered. Whatever is open then can be finished.

import { randomBytes } from 'node:crypto';
import { closeAll, systemClock } from '@mesh/host';
import { closeExam, type OpenExam, takeExamCommitment, takeExamResult } from '@mesh/membership';
import { formatRfc3339, parseMeshId, type Sha256Hex } from '@mesh/primitives';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStorage, type Storage } from '../../src/compose/open-storage.ts';
import type { Opened } from '../../src/compose/platform.ts';
import { type ControllerConfig, configuredPolicyOf } from '../../src/settings/config.ts';
import { ExamHistory } from '../../src/store/exam-history.ts';
import { readExams, readNodeExams } from '../../src/store/exam-rows.ts';
import { openDatabase, openSealer, openServedDatabase } from '../../src/store/open-store.ts';
import { verifyDatabase } from '../../src/store/verify/verify-database.ts';
import { imagesOf } from '../support/crash/wal-images.ts';
import {
  assignmentOf,
  commitment,
  digestOf,
  EXAMS,
  examine,
  nextEpoch,
  poolText,
  result,
  untilClosed,
} from '../support/exams.ts';
import { type RunningMesh, runningMesh } from '../support/running-mesh.ts';

/** At each step. */
const MOMENTS = 40;

let mesh: RunningMesh;
beforeAll(async () => {
  mesh = await runningMesh(['node-a', 'node-b', 'node-c'], {
    policy: { minResultGapMs: 0, exams: { ...EXAMS, examiners: 2, items: 5 } },
  });
});
afterAll(() => mesh[Symbol.asyncDispose]());

const at = (folder: string): ControllerConfig => ({ ...mesh.controller.config, data_dir: folder });

/** What files say of exams, and whether they are whole. */
function read(folder: string) {
  const config = at(folder);
  const sealer = openSealer(config);
  const db = openDatabase(config);
  try {
    const { faults } = verifyDatabase(db, { sealer, known: [] });
    const { pools, exams } = readExams(db, sealer);
    const open = [...exams];
    return {
      faults: [...faults, ...halfStates(open, readNodeExams(db, sealer))],
      pools: [...pools].map(({ name, used }) => [name, used.reduce((sum, count) => sum + count, 0)]),
      open: open.map(({ examId, assignments }) => ({ examId, assignments })),
      promised: [...readNodeExams(db, sealer).keys()].sort(),
      closed: new ExamHistory(db, sealer).newest(10).map(({ examId }) => examId),
    };
  } finally {
    db.close();
  }
}
type Read = ReturnType<typeof read>;

/** What the log cannot tell, because it names no node before the end of an exam. */
function halfStates(open: readonly OpenExam[], nodes: ReturnType<typeof readNodeExams>): string[] {
  return open.flatMap(({ examId, nodeId, challenge }) => {
    const own = nodes.get(nodeId);
    const isWhole = own?.lastExamId === examId && own.next.sha256 !== challenge.sha256;
    return isWhole ? [] : [`${examId} was drawn without the promise of the next exam`];
  });
}

/** Does something, and looks at the files of each of its moments. @returns what they hold at the end */
async function throughEachMoment(act: () => Promise<unknown>): Promise<Read> {
  using images = await imagesOf(mesh.controller, act, MOMENTS);
  const seen: string[] = [];
  let last: Read | undefined;
  for (let moment = 0; moment < images.count; moment++) {
    last = await images.at(moment, read);
    expect(last.faults, `moment ${moment} of ${images.count}`).toEqual([]);
    const state = JSON.stringify(last);
    // Nothing that was there once is gone later.
    if (state !== seen.at(-1)) expect(seen).not.toContain(state);
    seen.push(state);
  }
  expect(new Set(seen).size).toBeGreaterThan(1);
  await images.at(images.count - 1, finish);
  return last as Read;
}

/** Opens the files as a start does, and has what is open answered and closed. */
async function finish(folder: string): Promise<void> {
  const opened: Opened = [];
  const config = at(folder);
  const onFatal = (error: Error) => {
    throw error;
  };
  const platform = { config, configured: configuredPolicyOf(config), randomBytes, onFatal };
  try {
    const storage = await openStorage({ ...platform, clock: systemClock }, openServedDatabase, opened);
    opened.push(() => storage.journal.close());
    const exams = [...storage.view.exams().open()];
    for (const exam of exams) await answerAll(storage, exam);
    expect([...storage.view.exams().open()]).toEqual([]);
    for (const { examId, nodeId } of exams)
      expect(storage.view.node(nodeId)?.exams?.evidence?.last).toMatchObject({ examId, examiners: 2 });
  } finally {
    await closeAll(opened);
  }
  expect(read(folder).faults).toEqual([]);
}

async function answerAll({ journal }: Storage, { examId, startsAtMs, assignments }: OpenExam): Promise<void> {
  const messageSha256 = digestOf('a message') as Sha256Hex;
  for (const { examiner, items, transcriptSha256, grades } of assignments) {
    const digest = transcriptSha256 ?? digestOf('a transcript');
    const message = {
      ...{ mesh_id: parseMeshId(mesh.controller.config.mesh_id), node_id: examiner, exam_id: examId },
      ...{ transcript_sha256: digest, timestamp: formatRfc3339(startsAtMs), signature: '' },
    } as Parameters<typeof takeExamCommitment>[0]['message'];
    const given = grades ?? items.map((index) => ({ index, score: 1 }));
    const late = { ...message, grades: given.map(({ index, score }) => ({ index, score })) };
    for (const command of [
      takeExamCommitment({ message, messageSha256 }),
      takeExamResult({ message: late, messageSha256 }),
    ])
      await journal.run((view, context) => command(view, { ...context, nowMs: startsAtMs }));
  }
  await journal.run((view, context) => closeExam(examId)(view, { ...context, nowMs: startsAtMs }));
}

const node = (name: string) => mesh.node(name);
const exam = (name: string) =>
  [...mesh.controller.running.services.view.exams().open()].find(({ nodeId }) => nodeId === name);
/** An epoch, with what is promised or drawn when it comes into force. */
async function epoch(): Promise<void> {
  await nextEpoch(mesh);
  const { exams, publication } = mesh.controller.running.services;
  await exams.cameIntoForce(publication.version().epochId as never);
}

it('a pool, promises, draws, a commitment, a result and an end are there as a whole or not at all', async () => {
  const { admin } = mesh.controller;
  const loaded = await throughEachMoment(() => admin.loadPool({ text: poolText(60), reason: 'first' }));
  expect(loaded).toMatchObject({ pools: [['chat', 0]], open: [], promised: [] });

  const promised = await throughEachMoment(epoch);
  expect(promised).toMatchObject({ open: [], promised: ['node-a', 'node-b', 'node-c'] });

  const drawn = await throughEachMoment(epoch);
  expect(drawn.open.map(({ examId }) => examId)).toContain(exam('node-a')?.examId);
  expect(drawn.open).toHaveLength(3);

  const b = node('node-b');
  const assignment = await assignmentOf(b, 'node-a');
  const { exam_id: examId } = assignment;
  const of = (state: Read) =>
    state.open
      .find((one) => one.examId === examId)
      ?.assignments.find(({ examiner }) => examiner === 'node-b');
  const committed = await throughEachMoment(() => b.client.commitExam(commitment(b, examId)));
  expect(of(committed)).toMatchObject({ transcriptSha256: digestOf('transcript of node-b') });

  const answered = await throughEachMoment(() => b.client.answerExam(result(b, assignment, 1)));
  expect(of(answered)?.grades?.map(({ score }) => score)).toEqual([1, 1, 1, 1, 1]);

  const closed = await throughEachMoment(async () => {
    await examine(node('node-c'), 'node-a', 1);
    await untilClosed(mesh, 'node-a');
  });
  expect(closed.closed).toEqual([examId]);
  expect(closed.open).toHaveLength(2);
}, 300_000);

it('the control: a draw without the promise of the next exam, or a lost answer, is found', async () => {
  using images = await imagesOf(mesh.controller, () => mesh.controller.token({}), 1);
  const faultsAfter = (sql: string) =>
    images.at(0, (folder) => {
      const db = openDatabase(at(folder));
      db.exec(sql);
      db.close();
      return read(folder).faults.join();
    });
  expect(await faultsAfter('DELETE FROM node_exams')).toMatch(/without the promise of the next exam/);
  expect(await faultsAfter('UPDATE exams SET closed_at_ms = NULL')).toMatch(/the log does not say so/);
  expect(await faultsAfter('DELETE FROM exams')).toMatch(/its row is missing/);
});
