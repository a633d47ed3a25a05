import { parseEpochId, parseMeshId, parseNodeId } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { drawExam, type ExamDraw, eligibleNodes } from '../../src/index.ts';
import { bytesOf, exampleDraw, nodes } from './example-pool.ts';

describe('the draw of an exam', () => {
  it('is the same whenever it is made again, and whatever the order of the lists', () => {
    const drawn = drawExam(exampleDraw());
    expect(drawExam(exampleDraw())).toEqual(drawn);
    const turned = exampleDraw({
      eligible: eligibleNodes(nodes(10).reverse()),
      pairs: [...exampleDraw().pairs].reverse(),
    });
    expect(drawExam(turned)).toEqual(drawn);
  });

  it.each<[string, Partial<ExamDraw>]>([
    ['mesh', { meshId: parseMeshId('other') }],
    ['node', { nodeId: parseNodeId('node-005') }],
    ['epoch', { epochId: parseEpochId(13) }],
    ['challenge', { challenge: bytesOf(9) }],
    ['size of the head', { head: { size: 78, root: bytesOf(2) } }],
    ['root of the head', { head: { size: 77, root: bytesOf(9) } }],
    ['pool', { poolRoot: bytesOf(9) }],
  ])('is another one for another %s', (_what, changes) => {
    const [one, other] = [drawExam(exampleDraw()), drawExam(exampleDraw(changes))];
    expect(other.examId).not.toBe(one.examId);
    expect(other.assignments).not.toEqual(one.assignments);
  });

  it('never makes a node its own examiner, and never draws anybody or anything twice', () => {
    for (let number = 0; number < 300; number++) {
      const { assignments } = drawExam(exampleDraw({ challenge: bytesOf(number), examiners: 9 }));
      const ids = assignments.map(({ examinerId }) => examinerId);
      expect(new Set(ids).size).toBe(9);
      expect(ids).not.toContain('node-004');
      for (const { items } of assignments) expect(new Set(items).size).toBe(12);
    }
  });
});
