// An examiner commits, then grades. What comes late, twice differently, from others or out of order is
// refused and changes nothing; the same again is no harm.

import { examPairs, takeExamCommitment, takeExamResult } from '@mesh/membership';
import { parseNodeId } from '@mesh/primitives';
import { beforeEach, describe, expect, it } from 'vitest';
import { commitmentTo, drawDue, examined, examOf, loadChatPool, resultOf, why } from '../../support/exams.ts';
import { Mesh, sha256 } from '../../support/mesh.ts';
import { typesOf } from '../../support/officers.ts';

let mesh: Mesh;
beforeEach(() => {
  mesh = new Mesh();
  for (const name of ['node-a', 'node-b', 'node-c']) mesh.admit(name);
  mesh.policy = examined();
  loadChatPool(mesh);
  drawDue(mesh);
  drawDue(mesh);
});

const exam = () => examOf(mesh, 'node-a');
const commit = (examiner = 'node-b', over = {}) =>
  mesh.run(takeExamCommitment(commitmentTo(exam(), examiner, over)));
const grade = (examiner = 'node-b', score = 1, over = {}) =>
  mesh.run(takeExamResult(resultOf(exam(), examiner, score, over)));
const refusal = (code: string) => ({ kind: 'refused', problem: { code }, events: [] });

describe('a commitment', () => {
  it('is taken once, and again without a second entry', () => {
    expect(typesOf(commit().events)).toEqual(['exam_committed']);
    expect(commit()).toEqual({ kind: 'done', events: [] });
  });

  it('is refused for another transcript, from a stranger to the exam, and about an exam that is not', () => {
    commit();
    expect(commit('node-b', { transcript_sha256: sha256('another') })).toMatchObject(
      refusal('state_conflict'),
    );
    expect(commit('node-a')).toMatchObject(refusal('state_conflict'));
    expect(commit('node-b', { exam_id: '0'.repeat(32) })).toMatchObject(refusal('state_conflict'));
  });

  it('is refused at the end of the exam, and taken just before', () => {
    mesh.nowMs = exam().endsAtMs;
    expect(commit()).toMatchObject(refusal('state_conflict'));
    mesh.nowMs -= 1;
    expect(commit().kind).toBe('done');
  });

  it('is refused from an examiner that is out, or that has lost the role', () => {
    mesh.apply({ type: 'examiner_suspended', nodeId: parseNodeId('node-b'), examId: '0', outvoted: 1 });
    expect(commit()).toMatchObject(refusal('state_conflict'));
    mesh.run(mesh.submission('node-c', 0.1));
    expect(commit('node-c')).toMatchObject(refusal('state_conflict'));
  });
});

describe('a result', () => {
  it('is taken after the commitment alone, once', () => {
    expect(grade()).toMatchObject(refusal('state_conflict'));
    commit();
    expect(typesOf(grade().events)).toEqual(['exam_result']);
    expect(grade()).toEqual({ kind: 'done', events: [] });
    expect(exam().assignments[0]?.grades).toHaveLength(4);
  });

  it('is refused for another transcript, with other grades than before, and after the end', () => {
    commit();
    expect(grade('node-b', 1, { transcript_sha256: sha256('another') })).toMatchObject(
      refusal('state_conflict'),
    );
    grade();
    expect(grade('node-b', 0)).toMatchObject(refusal('state_conflict'));
    commit('node-c');
    mesh.nowMs = exam().endsAtMs;
    expect(grade('node-c')).toMatchObject(refusal('state_conflict'));
  });

  it.each([
    ['too few grades', [0, 1, 2]],
    ['a grade twice', [0, 1, 2, 2]],
    ['a grade of an item that was not asked', [0, 1, 2, 9]],
    ['a grade too many', [0, 1, 2, 3, 4]],
  ])('is refused with %s', (_what, indices) => {
    commit();
    const grades = indices.map((index) => ({ index, score: 1 }));
    expect(grade('node-b', 1, { grades })).toMatchObject(refusal('invalid_message'));
  });
});

describe('the pairs of exams', () => {
  const pairs = (nodeId?: string) =>
    [...examPairs(mesh.state, nodeId === undefined ? undefined : parseNodeId(nodeId))].map(
      ({ examiner, examined: node }) => `${examiner} ${node}`,
    );
  it('are those of a node at either end, until the examiner has answered', () => {
    expect(pairs()).toHaveLength(6);
    expect(pairs('node-a').sort()).toEqual([
      'node-a node-b',
      'node-a node-c',
      'node-b node-a',
      'node-c node-a',
    ]);
    commit();
    grade();
    expect(pairs('node-a').sort()).toEqual(['node-a node-b', 'node-a node-c', 'node-c node-a']);
  });

  it('end with a node that is revoked, or whose examiner is out', () => {
    mesh.apply({ type: 'node_revoked', nodeId: parseNodeId('node-a'), ...why });
    expect(pairs().filter((pair) => pair.endsWith(' node-a'))).toEqual([]);
    mesh.run(mesh.submission('node-b', 0.1));
    expect(pairs().filter((pair) => pair.startsWith('node-b '))).toEqual([]);
  });
});
