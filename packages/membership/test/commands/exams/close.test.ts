// An exam is closed when nothing is missing or its time is over. What it has shown decides on the node at
// once, and an examiner that the others outvote loses the role.

import {
  closeExam,
  examsToClose,
  nextExamEndMs,
  restoreExaminer,
  takeExamCommitment,
  takeExamResult,
} from '@mesh/membership';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  close,
  commitmentTo,
  drawDue,
  examined,
  examOf,
  loadChatPool,
  resultOf,
  why,
} from '../../support/exams.ts';
import { Mesh } from '../../support/mesh.ts';
import { typesOf } from '../../support/officers.ts';

let mesh: Mesh;
beforeEach(() => {
  mesh = new Mesh();
  for (const name of ['node-a', 'node-b', 'node-c', 'node-d']) mesh.admit(name);
  mesh.policy = examined({ items: 20, agreeingFail: 'deny', oneFails: 'probation' });
  mesh.probationEpochs = 3;
  loadChatPool(mesh, { uses: 100 }, 40);
  drawDue(mesh);
  drawDue(mesh);
});

const exam = () => examOf(mesh, 'node-a');
function answer(examiner: string, score: number, of = exam()): void {
  mesh.run(takeExamCommitment(commitmentTo(of, examiner)));
  mesh.run(takeExamResult(resultOf(of, examiner, score)));
}

/** All others find that the node is good. */
function outvote(liar: string, of = exam()) {
  for (const { examiner } of of.assignments) answer(examiner, examiner === liar ? 0 : 1, of);
  return close(mesh, of);
}

/** The exams that are open end, and those of the next epoch are drawn. */
function nextExamOfAll(): void {
  mesh.nowMs += 600_000;
  const names = [...mesh.state.nodes()].map(({ nodeId }) => nodeId);
  for (const name of names) mesh.run(mesh.submission(name, 0.9));
  for (const examId of examsToClose(mesh.state, mesh.nowMs)) mesh.run(closeExam(examId));
  drawDue(mesh);
}

/** The time of the exams is over, and everybody goes on measuring. */
function passExam(): void {
  mesh.nowMs = exam().endsAtMs;
  for (const name of ['node-a', 'node-b', 'node-c', 'node-d']) mesh.run(mesh.submission(name, 0.9));
}

describe('closing', () => {
  it('waits for the time, or for the last result', () => {
    expect(close(mesh, exam()).events).toEqual([]);
    expect(nextExamEndMs(mesh.state)).toBe(exam().endsAtMs);
    const { examId } = exam();
    for (const examiner of ['node-b', 'node-c', 'node-d']) answer(examiner, 1);
    expect(examsToClose(mesh.state, mesh.nowMs)).toEqual([examId]);
    expect(typesOf(close(mesh, exam()).events)).toEqual(['exam_closed']);
    expect(mesh.run(closeExam(examId)).events).toEqual([]);
    mesh.nowMs += 600_000;
    expect(examsToClose(mesh.state, mesh.nowMs)).toHaveLength(3);
  });

  it('keeps a node that passes, and remembers the exam', () => {
    const { examId } = exam();
    for (const examiner of ['node-b', 'node-c', 'node-d']) answer(examiner, 1);
    close(mesh, exam());
    expect(mesh.node('node-a').membership).toBe('admitted');
    expect(mesh.node('node-a').exams?.evidence?.last).toMatchObject({
      examId,
      examiners: 3,
      disagree: false,
    });
  });

  it('denies a node that fails by the word of as many as the policy asks for, whatever it measures itself', () => {
    for (const examiner of ['node-b', 'node-c', 'node-d']) answer(examiner, 0);
    const { events } = close(mesh, exam());
    expect(events).toMatchObject([
      { type: 'exam_closed' },
      { type: 'node_denied', reason: { code: 'exam_failed', by: 'agreeing', examiners: 3 } },
    ]);
    mesh.run(mesh.submission('node-a', 1));
    mesh.freeze();
    expect(mesh.node('node-a').membership).toBe('denied');
  });

  it('puts a node on probation that fails by the word of one', () => {
    answer('node-b', 0);
    passExam();
    expect(close(mesh, exam()).events).toMatchObject([
      { type: 'exam_closed' },
      { type: 'probation_began', reason: { code: 'exam_failed', by: 'one' } },
    ]);
    expect(mesh.node('node-a').membership).toBe('admitted');
  });

  it('goes through the brake, as every denial does', () => {
    mesh.brake = { share: 0, atLeast: 2, windowMs: 3_600_000, holdMs: 900_000, againAfterMs: 0 };
    const first = examOf(mesh, 'node-b');
    for (const examiner of ['node-a', 'node-c', 'node-d']) answer(examiner, 0, first);
    expect(typesOf(close(mesh, first).events)).toEqual(['exam_closed', 'node_denied']);
    for (const examiner of ['node-c', 'node-d']) answer(examiner, 0);
    passExam();
    expect(typesOf(close(mesh, exam()).events)).toEqual(['exam_closed', 'brake_engaged', 'node_held']);
  });

  it('shows nothing without an answer, and lets a node in by no exam', () => {
    mesh.run(mesh.submission('node-a', 0.1));
    const open = exam();
    for (const examiner of ['node-b', 'node-c', 'node-d']) answer(examiner, 1);
    close(mesh, open);
    mesh.freeze();
    expect(mesh.node('node-a').membership).toBe('denied');
    const other = examOf(mesh, 'node-b');
    mesh.nowMs = other.endsAtMs;
    for (const name of ['node-b', 'node-c', 'node-d']) mesh.run(mesh.submission(name, 0.9));
    expect(close(mesh, other).events).toMatchObject([{ type: 'exam_closed', result: { examiners: 0 } }]);
    expect(mesh.node('node-b').exams?.evidence?.last).toBeUndefined();
  });

  it('works for a node that was deleted, and leaves the next node of its name alone', () => {
    const open = exam();
    mesh.apply(
      { type: 'node_revoked', nodeId: open.nodeId, ...why },
      { type: 'node_deleted', nodeId: open.nodeId, class: 'default', addressesHeldUntilMs: 0, ...why },
    );
    mesh.token('again', {});
    mesh.run(mesh.enrolment('node-a', 'again', { identity: 'other', a: 'other a' }));
    for (const examiner of ['node-b', 'node-c', 'node-d']) answer(examiner, 0, open);
    expect(typesOf(close(mesh, open).events)).toEqual(['exam_closed']);
    expect(mesh.node('node-a').exams).toBeUndefined();
  });
});

describe('an examiner that lies', () => {
  it('is outvoted, loses the role, and is not drawn again until it is restored', () => {
    answer('node-b', 0);
    answer('node-c', 1);
    answer('node-d', 1);
    const { events } = close(mesh, exam());
    expect(events).toMatchObject([
      { type: 'exam_closed', outvoted: ['node-b'], result: { examiners: 2, outvoted: 1 } },
      { type: 'examiner_suspended', nodeId: 'node-b', outvoted: 1 },
    ]);
    expect(mesh.node('node-a').membership).toBe('admitted');
    mesh.nowMs += 600_000;
    for (const name of ['node-a', 'node-b', 'node-c', 'node-d']) mesh.run(mesh.submission(name, 0.9));
    for (const examId of examsToClose(mesh.state, mesh.nowMs)) mesh.run(closeExam(examId));
    drawDue(mesh);
    expect(exam().assignments.map(({ examiner }) => examiner)).toEqual(['node-c', 'node-d']);
    expect(mesh.run(restoreExaminer({ nodeId: 'node-b', ...why })).kind).toBe('done');
    expect(mesh.state.exams().examiner('node-b')).toEqual({
      nodeId: 'node-b',
      outvotes: [],
      suspendedBy: undefined,
    });
  });

  it('keeps the role until it was outvoted as often as the policy says', () => {
    mesh.policy = examined({ items: 20, outvotedAfter: 2 });
    answer('node-b', 0);
    for (const examiner of ['node-c', 'node-d']) answer(examiner, 1);
    expect(typesOf(close(mesh, exam()).events)).toEqual(['exam_closed']);
    expect(mesh.state.exams().examiner('node-b')?.outvotes).toHaveLength(1);
    const other = examOf(mesh, 'node-c');
    answer('node-b', 0, other);
    for (const examiner of ['node-a', 'node-d']) answer(examiner, 1, other);
    expect(typesOf(close(mesh, other).events)).toEqual(['exam_closed', 'examiner_suspended']);
  });

  it('is not told by the same node twice, which may have lied itself', () => {
    mesh.policy = examined({ items: 20, outvotedAfter: 2 });
    for (let held = 0; held < 3; held++) {
      if (held > 0) nextExamOfAll();
      expect(typesOf(outvote('node-b').events)).toEqual(['exam_closed']);
    }
    expect(mesh.state.exams().examiner('node-b')?.outvotes).toHaveLength(1);
  });

  it('costs the role the examiners of one exam of a node alone, until they are restored', () => {
    expect(typesOf(outvote('node-b').events)).toEqual(['exam_closed', 'examiner_suspended']);
    mesh.admit('node-e');
    nextExamOfAll();
    const second = outvote('node-c');
    expect(second.events).toMatchObject([{ type: 'exam_closed', outvoted: ['node-c'] }]);
    expect(mesh.state.exams().examiner('node-c')).toMatchObject({ outvotes: [], suspendedBy: undefined });
    expect(typesOf(outvote('node-c', examOf(mesh, 'node-d')).events)).toEqual([
      'exam_closed',
      'examiner_suspended',
    ]);
    mesh.run(restoreExaminer({ nodeId: 'node-b', ...why }));
    nextExamOfAll();
    expect(typesOf(outvote('node-d').events)).toEqual(['exam_closed', 'examiner_suspended']);
  });

  it('is not told from the others where only two answer and differ', () => {
    answer('node-b', 0);
    answer('node-c', 1);
    passExam();
    expect(close(mesh, exam()).events[0]).toMatchObject({
      outvoted: [],
      result: { disagree: true, examiners: 2 },
    });
    expect(mesh.node('node-a').membership).toBe('admitted');
  });
});

describe('restoring', () => {
  it('is refused for a node that was not outvoted, and for one that is not', () => {
    expect(mesh.run(restoreExaminer({ nodeId: 'node-b', ...why }))).toMatchObject({
      problem: { code: 'state_conflict' },
    });
    expect(mesh.run(restoreExaminer({ nodeId: 'node-x', ...why }))).toMatchObject({
      problem: { code: 'not_found' },
    });
  });
});
