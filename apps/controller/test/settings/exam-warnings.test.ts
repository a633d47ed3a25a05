// What an operator is told about exams that cannot work as the policy has them.

import { parsePolicy } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { examWarnings as warningsOf } from '../../src/settings/exam-warnings.ts';

/** With a limit for nodes on probation. */
const LIMITED = { probation: { limit_bits_per_second: 1_000_000, epochs: 5 } };
const examWarnings = (view: Parameters<typeof warningsOf>[0], of: Parameters<typeof warningsOf>[1]) =>
  warningsOf(view, of, LIMITED);

const viewOf = (items: number, retired: number[] = []) =>
  ({
    exams: () => ({
      pools: () => [{ name: 'chat', isWithdrawn: false, items: Array(items).fill({}), retired }],
    }),
  }) as unknown as Parameters<typeof warningsOf>[0];
const policy = (exams: object = {}) =>
  parsePolicy({ exams: { pool: 'chat', service: { port: 8_000 }, ...exams } });

describe('a policy with exams', () => {
  it('that works as it is gives no warning, nor does one without', () => {
    expect(examWarnings(viewOf(60), policy())).toEqual([]);
    expect(examWarnings(viewOf(0), parsePolicy({}))).toEqual([]);
  });

  it('is warned of a pool that is not there, and of one that is used up', () => {
    expect(examWarnings(viewOf(60), policy({ pool: 'other' }))).toEqual([
      expect.stringMatching(/the pool other, which is not loaded/),
    ]);
    expect(examWarnings(viewOf(22, [0, 1, 2]), policy())).toEqual([
      expect.stringMatching(/has 19 items left/),
    ]);
  });

  it.each([
    // 20 items of 15 s: 300 s and 60 s for grading, or a fifth of less time.
    [20, 360_000, false],
    [20, 359_999, true],
    [1, 18_750, false],
    [1, 18_749, true],
    [200, 600_000, true],
  ])('of %d items in %d ms is warned of its pace: %s', (items, answerWithinMs, isWarned) => {
    const found = examWarnings(viewOf(400), policy({ items, answerWithinMs }));
    expect(found).toEqual(isWarned ? [expect.stringMatching(/leaves less than 15 s for each of/)] : []);
  });

  it.each([
    [{}, true],
    [{ oneFails: 'ignore', agreeingFail: 'deny' }, false],
    [{ oneFails: 'ignore', agreeingFail: 'deny', missing: 'probation' }, true],
  ])('of %j is warned of a probation without a limit: %s', (exams, isWarned) => {
    expect(warningsOf(viewOf(60), policy(exams), { probation: undefined })).toEqual(
      isWarned ? [expect.stringMatching(/put nodes on probation, and no limit is set/)] : [],
    );
  });
});
