// After a restore from a backup no exam goes on, no challenge of before is drawn with, and no item that was
// used up in the database before comes back. What is remembered of the nodes stays.

import {
  afterRestore,
  cancelExamOf,
  drawExams,
  nodesDueForExam,
  takeExamCommitment,
  takeExamResult,
} from '@mesh/membership';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  challengeOf,
  close,
  commitmentTo,
  drawDue,
  drawNow,
  epochOf,
  examined,
  examOf,
  firstOfAll,
  loadChatPool,
  poolOf,
  resultOf,
} from '../../support/exams.ts';
import { Mesh } from '../../support/mesh.ts';
import { typesOf } from '../../support/officers.ts';

let mesh: Mesh;
beforeEach(() => {
  mesh = new Mesh();
  for (const name of ['node-a', 'node-b', 'node-c']) mesh.admit(name);
  mesh.policy = examined({ items: 4, examiners: 2 });
  loadChatPool(mesh, { uses: 100 });
  drawDue(mesh);
  drawDue(mesh);
});

const { root } = poolOf('chat');
function restored(retired: { root: string; indices: number[] }[] = []): void {
  const facts = { ...mesh.state.controllerFacts(), restored: { backupId: 'a', lostEntries: 7, retired } };
  mesh.state.merge({ nodes: [], tokens: [], epochs: mesh.state.epochs(), controllerFacts: facts });
}
const start = () => mesh.run(afterRestore(() => challengeOf()));
const challenges = () =>
  [...mesh.state.nodes()].map(({ exams }) => exams?.next.challenge).filter((one) => one !== undefined);

describe('the start after a restore', () => {
  it('cancels what is open, promises every node anew, and says of which backup, once', () => {
    const before = challenges();
    const open = ['node-a', 'node-b', 'node-c'].map((name) => examOf(mesh, name).challenge.challenge);
    restored();
    const { events } = start();
    expect(typesOf(events)).toEqual([
      'backup_restored',
      ...Array(3).fill('exam_closed'),
      ...Array(3).fill('exam_promised'),
    ]);
    expect(events[0]).toEqual({ type: 'backup_restored', backupId: 'a', lostEntries: 7 });
    expect([...mesh.state.exams().open()]).toEqual([]);
    const after = challenges();
    expect(after).toHaveLength(3);
    expect(after.filter((one) => before.includes(one) || open.includes(one))).toEqual([]);
    expect(start().events).toEqual([]);
  });

  it('changes nothing in a database that was not restored', () => {
    expect(start().events).toEqual([]);
    expect([...mesh.state.exams().open()]).toHaveLength(3);
  });

  it('counts nothing that was answered, also where only those are in the backup who found it bad', () => {
    const exam = examOf(mesh, 'node-a');
    mesh.run(takeExamCommitment(commitmentTo(exam, 'node-b')));
    mesh.run(takeExamResult(resultOf(exam, 'node-b', 0)));
    restored();
    start();
    expect(mesh.node('node-a')).toMatchObject({ membership: 'admitted' });
    expect(mesh.node('node-a').exams?.evidence?.last).toBeUndefined();
    expect(mesh.run(takeExamResult(resultOf(exam, 'node-c', 0)))).toMatchObject({
      problem: { code: 'state_conflict' },
    });
  });

  it('keeps what exams have shown before', () => {
    const exam = examOf(mesh, 'node-a');
    for (const examiner of ['node-b', 'node-c']) {
      mesh.run(takeExamCommitment(commitmentTo(exam, examiner)));
      mesh.run(takeExamResult(resultOf(exam, examiner, 1)));
    }
    close(mesh, exam);
    const { evidence, lastExamId } = mesh.node('node-a').exams ?? {};
    expect(evidence?.last?.examiners).toBe(2);
    restored();
    start();
    expect(mesh.node('node-a').exams).toMatchObject({ evidence, lastExamId });
  });

  it('retires the items that the database before had retired, and those of no other pool', () => {
    restored([
      { root, indices: [0, 3, 999] },
      { root: 'of no pool', indices: [1] },
    ]);
    expect(start().events[1]).toMatchObject({ type: 'exam_items_retired', root, indices: [0, 3] });
    mesh.freeze();
    drawNow(mesh);
    const asked = [...mesh.state.exams().open()].flatMap(({ assignments }) =>
      assignments.flatMap(({ items }) => items),
    );
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((index) => [0, 3].includes(index))).toEqual([]);
  });

  it('draws with a new challenge only once a head covers its entry', () => {
    restored();
    start();
    mesh.freeze();
    const due = nodesDueForExam(mesh.state, mesh.context(), epochOf(mesh));
    const draws = {
      epochId: epochOf(mesh),
      startsAtMs: mesh.nowMs,
      head: { size: 1, rootHash: root },
      challenges: new Map(due.map((nodeId) => [nodeId, challengeOf()] as const)),
      isCovered: () => false,
      arePeers: () => true,
      draw: firstOfAll,
    };
    expect(due).toHaveLength(3);
    expect(mesh.run(drawExams(draws)).events).toEqual([]);
    expect(typesOf(mesh.run(drawExams({ ...draws, isCovered: () => true })).events)).toEqual(
      Array(3).fill('exam_drawn'),
    );
  });
});

describe('cancelling the exam of a node', () => {
  it('ends that exam alone, and decides nothing', () => {
    const exam = examOf(mesh, 'node-a');
    mesh.run(takeExamCommitment(commitmentTo(exam, 'node-b')));
    mesh.run(takeExamResult(resultOf(exam, 'node-b', 0)));
    const { events } = mesh.run(cancelExamOf('node-a', 'erased'));
    expect(events).toMatchObject([
      { type: 'exam_closed', examId: exam.examId, cancelled: 'erased', result: { examiners: 0, grades: [] } },
    ]);
    expect([...mesh.state.exams().open()].map(({ nodeId }) => nodeId).sort()).toEqual(['node-b', 'node-c']);
    expect(mesh.run(cancelExamOf('node-a', 'erased')).events).toEqual([]);
  });
});
