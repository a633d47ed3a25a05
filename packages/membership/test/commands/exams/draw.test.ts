// Exams are drawn for the nodes that are due, one at a time for each, by a challenge that was fixed before
// and a head that covers it; used items are drawn no more.

import { closeExam, examsToClose, isExamDue, loadPool, withdrawPool } from '@mesh/membership';
import type { EpochId } from '@mesh/primitives';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  challengeOf,
  drawDue,
  drawNow,
  examined,
  examOf,
  loadChatPool,
  poolOf,
  why,
} from '../../support/exams.ts';
import { Mesh } from '../../support/mesh.ts';
import { typesOf } from '../../support/officers.ts';

let mesh: Mesh;
beforeEach(() => {
  mesh = new Mesh();
  for (const name of ['node-a', 'node-b', 'node-c', 'node-d']) mesh.admit(name);
  mesh.policy = examined();
  loadChatPool(mesh);
});

describe('a draw', () => {
  it('fixes the challenge of each node first, and draws at the next epoch', () => {
    expect(typesOf(drawDue(mesh).events)).toEqual(Array(4).fill('exam_promised'));
    expect([...mesh.state.exams().open()]).toEqual([]);
    const drawn = drawDue(mesh).events;
    expect(typesOf(drawn)).toEqual(expect.arrayContaining(Array(4).fill('exam_drawn')));
    const exam = examOf(mesh, 'node-b');
    expect(exam.assignments.map(({ examiner }) => examiner)).toEqual(['node-a', 'node-c', 'node-d']);
    expect(exam).toMatchObject({
      pool: 'chat',
      service: { port: 8_000, path: '/v1/chat/completions', api: 'openai' },
    });
    expect(exam.endsAtMs - exam.startsAtMs).toBe(600_000);
  });

  it('uses the challenge that was fixed, and fixes the one after it', () => {
    drawDue(mesh);
    const fixed = mesh.node('node-a').exams?.next;
    drawDue(mesh);
    expect(examOf(mesh, 'node-a').challenge).toEqual(fixed);
    expect(mesh.node('node-a').exams?.next).not.toEqual(fixed);
  });

  it('draws none while one of the node is open, however often it is asked', () => {
    drawDue(mesh);
    drawDue(mesh);
    expect(drawNow(mesh).events).toEqual([]);
    expect(drawDue(mesh).events).toEqual([]);
  });

  it('draws none by a head that does not cover the challenge, or without a head', () => {
    drawDue(mesh);
    expect(drawDue(mesh, { isCovered: () => false }).events).toEqual([]);
    expect(drawNow(mesh, { head: undefined }).events).toEqual([]);
    expect(typesOf(drawNow(mesh).events)).toContain('exam_drawn');
  });

  it('draws none without a pool of the name, without a policy that examines, and for an exempt class', () => {
    mesh.policy = examined({ pool: 'other' });
    expect(drawDue(mesh).events).toEqual([]);
    mesh.policy = examined({}, { classes: [{ name: 'exempt', examined: false }] });
    mesh.enrol('node-e', { class: 'exempt' });
    mesh.run(mesh.submission('node-e', 0.9));
    const promised = drawDue(mesh).events.map((event) => ('nodeId' in event ? event.nodeId : undefined));
    expect(promised).toEqual(['node-a', 'node-b', 'node-c', 'node-d']);
  });

  it('leaves out nodes that are out and silent, that have left, or that are quarantined', () => {
    mesh.enrol('node-e');
    mesh.run(mesh.submission('node-b', 0.1));
    mesh.nowMs += 600_000;
    for (const name of ['node-a', 'node-c', 'node-d']) mesh.run(mesh.submission(name, 0.9));
    mesh.apply({ type: 'node_quarantined', nodeId: mesh.node('node-c').nodeId, ...why });
    const promised = drawNow(mesh).events.flatMap((event) =>
      event.type === 'exam_promised' ? [event.nodeId] : [],
    );
    expect(promised).toEqual(['node-a', 'node-d']);
  });

  it('examines a node that is out as long as it measures itself', () => {
    mesh.run(mesh.submission('node-b', 0.1));
    expect(mesh.node('node-b').membership).toBe('denied');
    drawDue(mesh);
    drawDue(mesh);
    const exam = examOf(mesh, 'node-b');
    expect(exam.assignments.map(({ examiner }) => examiner)).toEqual(['node-a', 'node-c', 'node-d']);
    expect(examOf(mesh, 'node-a').assignments.map(({ examiner }) => examiner)).toEqual(['node-c', 'node-d']);
  });

  it('draws examiners of the classes that examine, and none that is no peer or has lost the role', () => {
    mesh.policy = examined({}, { classes: [{ name: 'examiner', examiner: true, examined: false }] });
    mesh.enrol('exam-a', { class: 'examiner' });
    mesh.enrol('exam-b', { class: 'examiner' });
    for (const name of ['exam-a', 'exam-b']) mesh.run(mesh.submission(name, 0.9));
    drawDue(mesh);
    mesh.apply({ type: 'examiner_suspended', nodeId: mesh.node('exam-b').nodeId, examId: '0', outvoted: 1 });
    drawDue(mesh);
    expect(examOf(mesh, 'node-a').assignments.map(({ examiner }) => examiner)).toEqual(['exam-a']);
  });

  it('draws nobody where no examiner is a peer of the node', () => {
    drawDue(mesh);
    expect(drawDue(mesh, { arePeers: () => false }).events).toEqual([]);
  });

  it('gives examiners no more than they can have open, and draws the others once some are closed', () => {
    mesh.policy = examined(
      { examiners: 1, agreeing: 1 },
      { classes: [{ name: 'examiner', examiner: true, examined: false }] },
    );
    mesh.enrol('exam-a', { class: 'examiner' });
    mesh.run(mesh.submission('exam-a', 0.9));
    for (let at = 0; at < 40; at++) {
      mesh.enrol(`many-${at}`);
      mesh.run(mesh.submission(`many-${at}`, 0.9));
    }
    loadChatPool(mesh, { root: poolOf('large').root, uses: 1_000 });
    drawDue(mesh);
    drawDue(mesh);
    expect([...mesh.state.exams().open()]).toHaveLength(32);
    mesh.nowMs += 600_000;
    for (const { nodeId } of [...mesh.state.nodes()]) mesh.run(mesh.submission(nodeId, 0.9));
    for (const examId of examsToClose(mesh.state, mesh.nowMs)) mesh.run(closeExam(examId));
    drawDue(mesh);
    expect([...mesh.state.exams().open()]).toHaveLength(32);
  });

  it('retires what was used as often as it may be with the draw that uses it', () => {
    mesh.policy = examined({ items: 4, examiners: 1, agreeing: 1 });
    drawDue(mesh);
    const events = drawDue(mesh).events;
    // Four nodes, three uses an item: the first three exams use up items 0 to 3, the fourth has the next
    // ones.
    expect(events.filter(({ type }) => type === 'exam_items_retired')).toMatchObject([
      { indices: [0, 1, 2, 3] },
    ]);
    expect(typesOf(events).indexOf('exam_items_retired')).toBe(3);
    const pool = [...mesh.state.exams().pools()][0];
    expect(pool?.used.slice(0, 8)).toEqual([3, 3, 3, 3, 1, 1, 1, 1]);
    expect([...mesh.state.exams().open()].at(-1)?.assignments[0]?.items).toEqual([4, 5, 6, 7]);
  });
});

describe('a pool', () => {
  it('is replaced by a newer one of its name, which can be withdrawn again', () => {
    const newer = poolOf('chat', 5, { root: poolOf('newer').root });
    mesh.run(loadPool({ pool: newer, ...why }));
    drawDue(mesh);
    drawDue(mesh);
    expect(examOf(mesh, 'node-a').root).toBe(newer.root);
    mesh.run(withdrawPool({ name: 'chat', ...why }));
    expect(mesh.state.exams().pool(newer.root)?.isWithdrawn).toBe(true);
    mesh.run(withdrawPool({ name: 'chat', ...why }));
    expect(mesh.run(withdrawPool({ name: 'chat', ...why }))).toMatchObject({
      kind: 'refused',
      problem: { code: 'not_found' },
    });
  });

  it('is refused a second time, and where there are too many', () => {
    expect(mesh.run(loadPool({ pool: poolOf('chat'), ...why }))).toMatchObject({
      kind: 'refused',
      problem: { code: 'state_conflict' },
    });
    for (let at = 1; at < 64; at++) mesh.run(loadPool({ pool: poolOf(`pool-${at}`, 1), ...why }));
    expect(mesh.run(loadPool({ pool: poolOf('one-more', 1), ...why })).kind).toBe('refused');
    mesh.run(withdrawPool({ name: 'pool-1', ...why }));
    expect(mesh.run(loadPool({ pool: poolOf('one-more', 1), ...why })).kind).toBe('done');
  });
});

describe('the epoch of an exam', () => {
  const at = (epoch: number) => epoch as EpochId;
  it('is left to the challenge, is never the one in which it was fixed, and at twice the mean at the latest', () => {
    const lucky = { next: challengeOf(true), sinceEpoch: at(7) };
    const unlucky = { next: challengeOf(false), sinceEpoch: at(7) };
    expect([7, 8].map((epoch) => isExamDue(lucky, at(epoch), 10))).toEqual([false, true]);
    expect([8, 26, 27].map((epoch) => isExamDue(unlucky, at(epoch), 10))).toEqual([false, false, true]);
    expect(isExamDue(unlucky, at(8), 1)).toBe(true);
  });

  it('lies one mean apart on average, and tells nothing by not coming', () => {
    const distances = Array.from({ length: 2_000 }, (_, count) => {
      const challenge = Math.floor((count / 2_000) * 16 ** 12)
        .toString(16)
        .padStart(12, '0')
        .padEnd(64, '0');
      const node = { next: { challenge, sha256: challengeOf().sha256 }, sinceEpoch: at(0) };
      let epoch = 1;
      while (!isExamDue(node, at(epoch), 10)) epoch += 1;
      return epoch;
    });
    const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
    // A geometric distribution of mean 10, cut off at 20.
    expect(mean).toBeGreaterThan(8.5);
    expect(mean).toBeLessThan(9.1);
    const still = (epochs: number) => distances.filter((distance) => distance > epochs).length;
    expect(still(10) / still(9)).toBeCloseTo(0.9, 2);
    expect(still(3) / still(2)).toBeCloseTo(0.9, 2);
  });
});
