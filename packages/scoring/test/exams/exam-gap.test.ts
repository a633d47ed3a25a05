// Recognises the exam: what the detector finds, and how often it is wrong, by seeded simulation.

import { type Benchmark, type ExamEvidence, evaluate, gapsOf, nextExam, type Policy } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/statistics/seeded-random.ts';
import { benchmarkOf, evidenceOf, T0 } from '../support/example-evidence.ts';
import { closedOf, examPolicy, resultsOf } from './example-exams.ts';

const policy = examPolicy({ gap: {} });

/** The node's own result: so much of so many prompts. */
const ownResult = (overall: number, prompts?: number): Benchmark =>
  benchmarkOf({
    scores: { overall },
    ...(prompts === undefined ? {} : { samples: { overall: prompts } }),
  });

const shareOf = (random: () => number, mean: number, prompts: number): number => {
  let good = 0;
  for (let at = 0; at < prompts; at++) if (random() < mean) good += 1;
  return good / prompts;
};

/** The evidence after one more exam by three examiners with 20 items each. */
function examined(
  random: () => number,
  exam: ExamEvidence | undefined,
  mean: number,
  latest: Benchmark | undefined,
  under: Policy = policy,
): ExamEvidence | undefined {
  const scores = Array.from({ length: 3 }, () => Array.from({ length: 20 }, () => (random() < mean ? 1 : 0)));
  return nextExam(under, exam, closedOf(resultsOf(...scores)), latest);
}

const speaks = (exam: ExamEvidence | undefined) => gapsOf(policy.exams, exam).some((gap) => gap.speaks);

describe('between examined and self-measured', () => {
  it('an honest node is not cut in 1,000 epochs, with 24 prompts of its own a result', () => {
    const random = seededRandom(1);
    let cut = 0;
    for (let node = 0; node < 100; node++) {
      let exam: ExamEvidence | undefined;
      // An exam every ten epochs: 100 of them, with 6,000 items.
      for (let held = 0; held < 100; held++) {
        exam = examined(random, exam, 0.88, ownResult(shareOf(random, 0.88, 24), 24));
        if (speaks(exam)) cut += 1;
      }
    }
    expect(cut).toBe(0);
  });

  it('a node that is worse by the tolerance itself is cut once in the budget at most', () => {
    const strict = examPolicy({ gap: { promptsPerFalseCut: 600 } });
    const random = seededRandom(2);
    let [cuts, items] = [0, 0];
    let exam: ExamEvidence | undefined;
    for (let held = 0; held < 4_000; held++) {
      exam = examined(random, exam, 0.8, ownResult(0.9), strict);
      items += 60;
      if (!gapsOf(strict.exams, exam).some((gap) => gap.speaks)) continue;
      cuts += 1;
      exam = undefined;
    }
    // 400 cuts are the budget; three standard errors of a Poisson count are 60.
    expect(cuts).toBeLessThan(items / 600 + 60);
    expect(cuts).toBeGreaterThan(0);
  });

  it.each([
    ['0.3, with 0.95 of its own', 0.3, 1],
    ['0.5, with 0.95 of its own', 0.5, 2],
    ['0.65, with 0.95 of its own', 0.65, 9],
  ])('a node examined at %s from 50 prompts is found in so many exams', (_what, mean, most) => {
    const random = seededRandom(3);
    const counts = Array.from({ length: 100 }, () => {
      let exam: ExamEvidence | undefined;
      let held = 0;
      while (held < 50 && !speaks(exam)) {
        exam = examined(random, exam, mean, ownResult(0.95, 50));
        held += 1;
      }
      return held;
    }).sort((one, other) => one - other);
    // 95 of 100 nodes.
    expect(counts[94]).toBeLessThanOrEqual(most);
  });

  it('evidence of ten bad exams is outweighed by six without a gap', () => {
    const random = seededRandom(4);
    let exam: ExamEvidence | undefined;
    for (let held = 0; held < 10; held++) exam = examined(random, exam, 0.1, ownResult(0.95));
    expect(speaks(exam)).toBe(true);
    let held = 0;
    for (; held < 20 && speaks(exam); held++) exam = examined(random, exam, 0.95, ownResult(0.95));
    expect(held).toBeLessThanOrEqual(6);
  });

  it('doubt about its own score counts for the node', () => {
    const gap = (prompts: number | undefined) =>
      gapsOf(policy.exams, examined(seededRandom(5), undefined, 0.6, ownResult(0.9, prompts)))[0];
    // The lower end of the Wilson interval of 18/20 (../shared known answers) is 0.698966.
    expect(gap(20)?.expected).toBeCloseTo(0.698_966, 6);
    expect(gap(undefined)?.expected).toBeCloseTo(0.9, 12);
    expect(gap(20)?.evidence ?? 0).toBeLessThan(gap(undefined)?.evidence ?? 0);
  });

  it('compares each dimension with its own score, and with overall where there is none', () => {
    const results = [
      {
        examinerId: 'one',
        grades: [
          { index: 0, dimension: 'refusal', weight: 1, score: 1 },
          { index: 1, dimension: 'unknown', weight: 1, score: 0 },
        ],
      },
    ];
    const latest = benchmarkOf({ scores: { overall: 0.5, refusal: 0.9 } });
    const [gap] = gapsOf(policy.exams, nextExam(policy, undefined, closedOf(results), latest));
    expect(gap).toMatchObject({ what: 'self', compared: 2, found: 0.5 });
    expect(gap?.expected).toBeCloseTo(0.7, 12);
  });

  it('says nothing of a node without a result of its own', () => {
    expect(gapsOf(policy.exams, examined(seededRandom(6), undefined, 0, undefined))).toEqual([]);
  });
});

describe('between known items and their paraphrases', () => {
  const pairs = (known: number, paraphrase: number, count: number) =>
    closedOf(resultsOf([1]), { pairs: [{ known, paraphrase, pairs: count }] });

  it('a node that knows the items by heart is found within 40 pairs', () => {
    const found = [10, 20, 30, 40].find((count) => {
      const gap = gapsOf(policy.exams, nextExam(policy, undefined, pairs(1, 0, count), undefined));
      return gap.some(({ what, speaks: cut }) => what === 'known' && cut);
    });
    expect(found).toBeLessThanOrEqual(40);
    expect(found).toBeGreaterThan(10);
  });

  it('a node that is as good at both, or better at paraphrases, is not', () => {
    for (const [known, paraphrase] of [
      [1, 1],
      [0, 0],
      [0, 1],
    ] as const)
      expect(speaks(nextExam(policy, undefined, pairs(known, paraphrase, 10_000), undefined))).toBe(false);
  });
});

describe('a gap', () => {
  const cheat = () => {
    const random = seededRandom(7);
    const first = examined(random, undefined, 0.1, ownResult(0.95, 50));
    return examined(random, first, 0.1, ownResult(0.95, 50));
  };

  it.each([
    ['deny', 'denied', 'exam_gap', undefined],
    ['probation', 'good', 'ok', 'exam_gap'],
    ['declining', 'declining', 'exam_gap', undefined],
  ])('leads to %s', (action, standing, code, probation) => {
    const under = examPolicy({ oneFails: 'ignore', gap: { action } }, { threshold: 0.05 });
    const decision = evaluate(under, evidenceOf({ membership: 'admitted', exam: cheat() }), T0);
    expect(decision).toMatchObject({ standing, reason: { code } });
    expect(decision.probation?.code).toBe(probation);
  });

  it('about a smaller tolerance says nothing about a larger one', () => {
    const known = cheat();
    expect(gapsOf(examPolicy({ gap: { tolerance: 0.05 } }).exams, known)).not.toEqual([]);
    expect(gapsOf(examPolicy({ gap: { tolerance: 0.2 } }).exams, known)).toEqual([]);
  });
});
