import {
  type Evidence,
  evaluate,
  examVerdict,
  explainNode,
  nextExam,
  readClosedExam,
  readExamEvidence,
} from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { benchmarkOf, evidenceOf, T0 } from '../support/example-evidence.ts';
import { closedOf, examinedBy, examPolicy, gradesOf, passing, resultsOf } from './example-exams.ts';

const good = passing(19, 20);
const bad = passing(4, 20);
const judged = (policy: ReturnType<typeof examPolicy>, evidence: Partial<Evidence>, nowMs = T0) =>
  evaluate(policy, evidenceOf({ membership: 'admitted', ...evidence }), nowMs);

describe('a verdict', () => {
  it.each([
    ['passed', 'agreeing', [passing(20, 20), passing(20, 20), passing(19, 20)]],
    ['failed', 'agreeing', [bad, bad]],
    ['failed', 'one', [bad]],
    ['open', 'agreeing', [passing(16, 20), passing(16, 20)]],
  ] as const)('is %s by the word of %s', (outcome, by, results) => {
    const policy = examPolicy();
    const exam = examinedBy(policy, ...results);
    expect(examVerdict(policy, 'default', exam?.last)).toMatchObject({
      outcome,
      by,
      examiners: results.length,
    });
  });

  it('of two that differ, with no third, is the word of one, and says so', () => {
    const policy = examPolicy({}, { threshold: 0.9 });
    const exam = examinedBy(policy, passing(20, 20), passing(0, 20));
    const { reason, probation } = judged(policy, { exam });
    expect(examVerdict(policy, 'default', exam?.last)).toMatchObject({
      outcome: 'failed',
      by: 'one',
      disagree: true,
    });
    expect(reason.code).toBe('ok');
    expect(probation).toMatchObject({ code: 'exam_failed', by: 'one', disagree: true });
  });

  it('compares the known interval: 18 of 20 lie between 0.698966 and 0.972134', () => {
    const policy = examPolicy();
    const [overall] = examVerdict(policy, 'default', examinedBy(policy, passing(18, 20))?.last)?.scores ?? [];
    expect(overall?.interval.lower).toBeCloseTo(0.698_966, 6);
    expect(overall?.interval.upper).toBeCloseTo(0.972_134, 6);
  });

  it('counts items of unequal weight as fewer', () => {
    const policy = examPolicy();
    const grades = gradesOf(passing(18, 20)).map((grade) => ({
      ...grade,
      weight: grade.index === 0 ? 10 : 1,
    }));
    const exam = nextExam(policy, undefined, closedOf([{ examinerId: 'one', grades }]), undefined);
    const [overall] = examVerdict(policy, 'default', exam?.last)?.scores ?? [];
    // Σw = 29, Σw² = 119.
    expect(overall?.interval).toMatchObject({ samples: 20, trials: 29 ** 2 / 119 });
    expect(overall?.score).toBeCloseTo(27 / 29, 12);
  });

  it('holds each dimension to its floor, and names the one that is missed by most', () => {
    const policy = examPolicy({ agreeing: 1 }, { threshold: 0.3, floors: { refusal: 0.7, honesty: 0.7 } });
    const grades = [...gradesOf(passing(6, 20), 'refusal'), ...gradesOf(passing(9, 20), 'honesty')];
    const exam = nextExam(policy, undefined, closedOf([{ examinerId: 'one', grades }]), undefined);
    expect(judged(policy, { exam }).probation).toMatchObject({
      code: 'exam_failed',
      metric: 'refusal',
      limit: 0.7,
    });
  });

  it('is that of the node’s class, and none where the class is not examined', () => {
    const classes = [
      { name: 'easy', threshold: 0.1 },
      { name: 'free', examined: false },
    ];
    const policy = examPolicy({ agreeingFail: 'deny', missing: 'deny' }, { classes });
    const exam = examinedBy(policy, bad, bad);
    expect(judged(policy, { exam }).reason.code).toBe('exam_failed');
    expect(judged(policy, { exam, className: 'easy' }).reason.code).toBe('ok');
    expect(judged(policy, { exam, className: 'free' }).reason.code).toBe('ok');
    expect(judged(policy, { className: 'free', membership: 'never' }).reason.code).toBe('ok');
  });
});

describe('a failed exam', () => {
  it.each([
    ['oneFails', 'ignore', [bad], undefined, 'ok'],
    ['oneFails', 'probation', [bad], 'exam_failed', 'ok'],
    ['agreeingFail', 'probation', [bad, bad], 'exam_failed', 'ok'],
    ['agreeingFail', 'deny', [bad, bad], undefined, 'exam_failed'],
  ])('leads with %s: %s to what the policy says', (setting, action, results, probation, code) => {
    const policy = examPolicy({ [setting]: action });
    const decision = judged(policy, { exam: examinedBy(policy, ...results) });
    expect(decision.reason.code).toBe(code);
    expect(decision.probation?.code).toBe(probation);
  });

  it('by the word of one never denies', () => {
    const policy = examPolicy({ agreeingFail: 'deny' });
    expect(judged(policy, { exam: examinedBy(policy, passing(0, 200)) }).allowed).toBe(true);
  });

  it('does not make up for a bad result of the node’s own', () => {
    const policy = examPolicy();
    const latest = benchmarkOf({ scores: { overall: 0.5 } });
    const exam = examinedBy(policy, good, good, good);
    expect(judged(policy, { exam, latest }).reason.code).toBe('below_threshold');
  });

  it('stays failed until an exam whose score itself reaches the limit: doubt brings nobody back', () => {
    const policy = examPolicy({ agreeingFail: 'deny' });
    const failed = examinedBy(policy, bad, bad);
    const after = (...scores: readonly number[][]) =>
      judged(policy, { exam: nextExam(policy, failed, closedOf(resultsOf(...scores)), undefined) }).reason
        .code;
    expect(after(passing(15, 20), passing(15, 20))).toBe('exam_failed');
    expect(after(passing(16, 20), passing(16, 20))).toBe('ok');
    const open = nextExam(
      policy,
      undefined,
      closedOf(resultsOf(passing(15, 20), passing(15, 20))),
      undefined,
    );
    expect(judged(policy, { exam: open }).reason.code).toBe('ok');
  });

  it('is not replaced by an exam that nobody answered', () => {
    const policy = examPolicy({ agreeingFail: 'deny' });
    const failed = examinedBy(policy, bad, bad);
    expect(nextExam(policy, failed, closedOf([]), undefined)).toBe(failed);
  });
});

describe('a missing exam', () => {
  const policy = examPolicy({ missing: 'deny', maxAgeMs: 3_600_000 });
  const recent = examinedBy(policy, good, good);

  it.each([
    ['an hour ago', 3_600_000, 'ok'],
    ['a millisecond more than an hour ago', 3_600_001, 'exam_missing'],
  ])('is one that was closed %s', (_what, ageMs, code) => {
    const latest = benchmarkOf({ measuredAtMs: T0 + ageMs, arrivedAtMs: T0 + ageMs });
    const exam = { ...recent, sinceMs: T0 - 3_600_000 };
    expect(judged(policy, { exam, latest }, T0 + ageMs).reason.code).toBe(code);
  });

  it.each<[string, Partial<Evidence>, string]>([
    ['never examined and never in', { membership: 'never' }, 'exam_missing'],
    ['never examined, and out', { membership: 'denied' }, 'exam_missing'],
    ['in, and promised no exam yet', {}, 'ok'],
    ['in, and promised an exam an hour ago', { exam: { sinceMs: T0 - 3_600_000 } }, 'ok'],
    ['in, and promised an exam longer ago', { exam: { sinceMs: T0 - 3_600_001 } }, 'exam_missing'],
  ])('of a node that is %s: %s', (_what, evidence, code) => {
    expect(judged(policy, evidence).reason.code).toBe(code);
  });

  it('leads to nothing by default', () => {
    expect(judged(examPolicy(), { membership: 'never' }).reason.code).toBe('ok');
  });
});

describe('what is recorded', () => {
  it('can be read again, and nothing else can', () => {
    const policy = examPolicy({ gap: {} });
    const closed = closedOf(resultsOf(good, bad, good));
    const exam = nextExam(policy, { sinceMs: T0 }, closed, benchmarkOf());
    expect(readClosedExam(JSON.parse(JSON.stringify(closed)))).toEqual(closed);
    expect(readExamEvidence(JSON.parse(JSON.stringify(exam)))).toEqual(exam);
    for (const bad of [undefined, null, [], {}, { ...closed, examiners: -1 }, { ...closed, more: 1 }])
      expect(readClosedExam(bad)).toBeUndefined();
    for (const bad of [null, [], 7, { sinceMs: 0.5 }, { ...exam, more: 1 }, { gaps: { self: {} } }])
      expect(readExamEvidence(bad)).toBeUndefined();
  });

  it('stays small: three examiners with 200 items each', () => {
    const scores = Array.from({ length: 3 }, () => passing(150, 200));
    const policy = examPolicy({ gap: {} });
    const exam = nextExam(policy, undefined, closedOf(resultsOf(...scores)), benchmarkOf());
    expect(JSON.stringify(exam).length).toBeLessThan(1_000);
    expect(JSON.stringify(closedOf(resultsOf(...scores))).length).toBeLessThan(1_000);
  });
});

describe('the explanation', () => {
  it('has each rule with a sentence, met or not', () => {
    const policy = examPolicy({ gap: {}, agreeingFail: 'deny', missing: 'deny' });
    const exam = nextExam(policy, undefined, closedOf(resultsOf(bad, bad)), benchmarkOf());
    const rules = explainNode(policy, evidenceOf({ membership: 'admitted', exam }), T0, false).filter(
      ({ rule }) => rule.startsWith('exams.'),
    );
    expect(rules.map(({ rule, decides, met }) => [rule, decides, met])).toEqual([
      ['exams.agreeingFail', 'denied', false],
      ['exams.gap', 'denied', false],
      ['exams.missing', 'denied', true],
    ]);
    expect(rules[0]?.sentence).toBe(
      'examined by 2 examiners: overall 0.20 from 40 prompts: between 0.10 and 0.35; the policy asks for 0.80: the node is out',
    );
    expect(rules[2]?.sentence).toBe('the last exam was closed 0 s ago; the policy allows 3600 s');
  });
});
