// Who is outvoted: cases, and how often somebody honest is, by seeded simulation.

import type { ExaminerResult } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { compareExaminers } from '../../src/exams/compare-examiners.ts';
import { seededRandom } from '../../src/statistics/seeded-random.ts';
import { gradesOf, passing, resultsOf, ruleOf } from './example-exams.ts';

const compare = (...scores: readonly (readonly number[])[]) => {
  const { outvoted, disagree, counted } = compareExaminers(ruleOf(), resultsOf(...scores));
  expect([...counted, ...outvoted].sort()).toEqual(resultsOf(...scores).map(({ examinerId }) => examinerId));
  return { outvoted, disagree };
};

describe('of three examiners', () => {
  it('those who differ by chance all count', () => {
    expect(compare(passing(18, 20), passing(17, 20), passing(11, 20))).toEqual({
      outvoted: [],
      disagree: false,
    });
  });

  it.each([
    ['who finds everything bad in a good node', [0, 19, 18], 'examiner-1'],
    ['who finds everything good in a bad node', [4, 5, 20], 'examiner-3'],
  ])('one %s is outvoted', (_what, good, liar) => {
    const results = good.map((passed) => passing(passed, 20));
    expect(compare(...results)).toEqual({ outvoted: [liar], disagree: false });
  });

  it('nobody is outvoted where all differ: they disagree', () => {
    expect(compare(passing(0, 100), passing(50, 100), passing(100, 100))).toEqual({
      outvoted: [],
      disagree: true,
    });
  });

  it('nobody is outvoted where either end could be', () => {
    // 10 of 20 differs from neither by chance alone, and the ends differ from each other.
    expect(compare(passing(0, 20), passing(10, 20), passing(20, 20))).toEqual({
      outvoted: [],
      disagree: true,
    });
  });

  it.each([
    ['just below a pass', 0.99],
    ['half', 0.5],
    ['just below half', 0.49],
  ])('one does not hide behind grades of %s', (_what, grade) => {
    const lie = Array.from({ length: 20 }, () => grade);
    const truth = grade >= 0.5 ? passing(1, 20) : passing(19, 20);
    expect(compare(lie, truth, truth).outvoted).toEqual(['examiner-1']);
  });
});

describe('of others', () => {
  it('one alone counts, and two that differ disagree', () => {
    expect(compare(passing(0, 20))).toEqual({ outvoted: [], disagree: false });
    expect(compare(passing(18, 20), passing(16, 20))).toEqual({ outvoted: [], disagree: false });
    expect(compare(passing(19, 20), passing(0, 20))).toEqual({ outvoted: [], disagree: true });
  });

  it('two liars of five are outvoted, and three of five are the majority', () => {
    const [good, bad] = [passing(38, 40), passing(2, 40)];
    expect(compare(bad, good, bad, good, good).outvoted).toEqual(['examiner-1', 'examiner-3']);
    expect(compare(bad, good, bad, good, bad).outvoted).toEqual(['examiner-2', 'examiner-4']);
  });

  it('two halves disagree', () => {
    const [good, bad] = [passing(38, 40), passing(2, 40)];
    expect(compare(good, bad, good, bad)).toEqual({ outvoted: [], disagree: true });
  });

  it('nine are compared in less time than an exam takes', () => {
    const scores = Array.from({ length: 9 }, (_one, at) => passing(at < 5 ? 190 : 10 + at, 200));
    expect(compare(...scores).outvoted).toHaveLength(4);
  });
});

describe('by simulation', () => {
  const BUDGET = 100;
  const RUNS = 4_000;
  const answered = (random: () => number, mean: number, items: number): number[] =>
    Array.from({ length: items }, () => (random() < mean ? 1 : random() < 0.3 ? 0.5 : 0));
  const honest = (random: () => number, mean: number, examiners: number): ExaminerResult[] =>
    Array.from({ length: examiners }, (_one, at) => ({
      examinerId: `examiner-${at + 1}`,
      grades: gradesOf(answered(random, mean, 20)),
    }));

  it.each([
    [3, 0.9, 1],
    [3, 0.5, 2],
    [5, 0.7, 3],
  ])(
    '%i honest examiners of a node at %d: one is outvoted in 1 of 100 exams at most',
    (examiners, mean, seed) => {
      const random = seededRandom(seed);
      const rule = { honestExaminerBudget: BUDGET };
      let outvoted = 0;
      for (let run = 0; run < RUNS; run++)
        if (compareExaminers(rule, honest(random, mean, examiners)).outvoted.length > 0) outvoted += 1;
      const rate = 1 / BUDGET;
      expect(outvoted / RUNS).toBeLessThan(rate + 3 * Math.sqrt((rate * (1 - rate)) / RUNS));
    },
  );

  it('a liar who turns the grades of a node at 0.9 round is outvoted in 98 of 100 exams, with the default budget', () => {
    const random = seededRandom(4);
    let outvoted = 0;
    for (let run = 0; run < 1_000; run++) {
      const [first, ...others] = honest(random, 0.9, 3);
      const lie = (first?.grades ?? []).map((grade) => ({ ...grade, score: 1 - grade.score }));
      const results = [{ examinerId: 'liar', grades: lie }, ...others];
      const compared = compareExaminers(ruleOf(), results);
      expect(compared.outvoted).not.toContain('examiner-2');
      if (compared.outvoted.includes('liar')) outvoted += 1;
    }
    expect(outvoted).toBeGreaterThan(980);
  });
});
