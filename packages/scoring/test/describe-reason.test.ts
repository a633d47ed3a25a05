import { describeReason, describeReasonCode, evaluate, type Reason } from '@mesh/scoring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { benchmarkOf, evidenceOf, policyOf, T0, ulpBelow } from './support/example-evidence.ts';

describe('describeReason', () => {
  const sentences: [Reason, string][] = [
    [{ code: 'ok', overall: 0.912, threshold: 0.7 }, "overall 0.91 meets the policy's threshold of 0.70"],
    [{ code: 'ok', overall: 0.7, threshold: 0.7 }, "overall 0.70 meets the policy's threshold of 0.70"],
    [
      { code: 'staleness_waived', ageMs: 131_000, maxAgeMs: 120_000 },
      'the last benchmark is 131 s old; the policy allows 120 s, but staleness is waived for now',
    ],
    [
      { code: 'declining', metric: 'overall', score: 0.7412, below: 0.8 },
      'overall 0.74 is enough to stay, but below the 0.80 of good standing: the node is declining',
    ],
    [
      { code: 'declining', metric: 'refusal', score: ulpBelow(0.8), below: 0.8 },
      'refusal 0.7999999999999999 is enough to stay, but below the 0.8000000000000000 of good standing: the node is declining',
    ],
    [
      { code: 'declining_streak', consecutiveClear: 1, required: 3, minResultGapMs: 15_000 },
      'the node is declining until 3 results in a row, each at least 15 s after the last, are those of good standing; 1 so far',
    ],
    [
      { code: 'declining_streak', consecutiveClear: 1, required: 3, minResultGapMs: 0 },
      'the node is declining until 3 results in a row are those of good standing; 1 so far',
    ],
    [
      {
        code: 'exam_failed',
        action: 'probation',
        by: 'one',
        examiners: 2,
        disagree: true,
        metric: 'overall',
        score: 0.5,
        limit: 0.8,
        interval: { samples: 40, trials: 40, lower: 0.352, upper: 0.648, confidence: 0.95 },
      },
      'examined by 2 examiners that disagree: overall 0.50 from 40 prompts: between 0.35 and 0.65; the policy asks for 0.80: the node is on probation',
    ],
    [
      {
        code: 'exam_gap',
        action: 'deny',
        what: 'self',
        expected: 0.88,
        found: 0.31,
        compared: 45,
        tolerance: 0.1,
        evidence: 13_000.7,
        limit: 10_000,
      },
      'examined 0.31 over 45 items, and at least 0.88 by its own measure: the evidence of a gap above 0.10 is 13000, and the policy acts at 10000: the node is out',
    ],
    [
      {
        code: 'exam_gap',
        action: 'declining',
        what: 'known',
        expected: 1,
        found: 0,
        compared: 1,
        tolerance: 0.1,
        evidence: 3,
        limit: 10_000,
      },
      '0.00 at paraphrased items, and 1.00 at the known ones, over 1 pair: the evidence of a gap above 0.10 is 3, and the policy acts at 10000: the node is declining',
    ],
    [
      { code: 'exam_missing', action: 'deny', maxAgeMs: 3_600_000 },
      'no exam of the node has been closed yet; the policy asks for one every 3600 s: the node is out',
    ],
    [{ code: 'revoked' }, 'the node is revoked'],
    [
      { code: 'unreachable', failingMs: 61_200, limitMs: 60_000 },
      'the node reports that its tunnel has been failing for 61 s; the policy allows 60 s',
    ],
    [{ code: 'quarantined' }, 'the node is quarantined'],
    [{ code: 'unknown_class', className: 'gpu' }, 'the policy has no class gpu'],
    [{ code: 'no_benchmark' }, 'no benchmark has been accepted yet'],
    [
      { code: 'from_future', against: 'arrival', aheadMs: 31_000, toleranceMs: 30_000 },
      'the last benchmark was measured 31 s after it arrived; the policy tolerates 30 s',
    ],
    [
      { code: 'from_future', against: 'now', aheadMs: 3_600_000, toleranceMs: 30_000 },
      'the last benchmark arrived 3600 s ahead of the present clock; the policy tolerates 30 s',
    ],
    [
      { code: 'not_measured_by', measuredBy: 'self', accepted: ['third_party', 'enclave'] },
      'the last benchmark was measured by self; the policy asks for third_party or enclave',
    ],
    [{ code: 'unscored', metric: 'overall', fault: 'not_an_object' }, 'the last benchmark has no scores'],
    [
      { code: 'unscored', metric: 'refusal', fault: 'missing' },
      'the last benchmark has no score for refusal',
    ],
    [
      { code: 'unscored', metric: 'refusal', fault: 'not_a_number' },
      "the last benchmark's score for refusal is not a number",
    ],
    [
      { code: 'unscored', metric: 'refusal', fault: 'not_finite' },
      "the last benchmark's score for refusal is not a finite number",
    ],
    [
      { code: 'unscored', metric: 'refusal', fault: 'out_of_range' },
      "the last benchmark's score for refusal is not between 0 and 1",
    ],
    [
      { code: 'stale', ageMs: 131_437, maxAgeMs: 120_000 },
      'the last benchmark is 131 s old; the policy allows 120 s',
    ],
    [
      { code: 'stale', ageMs: 120_001, maxAgeMs: 120_000 },
      'the last benchmark is 120.001 s old; the policy allows 120 s',
    ],
    [
      { code: 'too_few_samples', metric: 'refusal', samples: 3, minimum: 8 },
      'refusal rests on 3 samples; the policy asks for 8',
    ],
    [
      { code: 'too_few_samples', metric: 'refusal', samples: 1, minimum: 8 },
      'refusal rests on 1 sample; the policy asks for 8',
    ],
    [
      { code: 'below_threshold', overall: 0.6999, threshold: 0.7 },
      "overall 0.6999 is below the policy's threshold of 0.7000",
    ],
    [
      { code: 'below_floor', metric: 'refusal', score: 0.62, floor: 0.8 },
      "refusal 0.62 is below the policy's floor of 0.80",
    ],
    [
      { code: 'readmission_threshold', overall: 0.75, threshold: 0.85 },
      'overall 0.75 is below the 0.85 that the policy asks for after a denial',
    ],
    [
      { code: 'readmission_streak', consecutiveGood: 2, required: 5, minResultGapMs: 1_500 },
      '2 of the 5 good results in a row, each at least 1.5 s after the last, that the policy asks for after a denial',
    ],
    [
      { code: 'readmission_streak', consecutiveGood: 1, required: 3, minResultGapMs: 0 },
      '1 of the 3 good results in a row that the policy asks for after a denial',
    ],
    [
      { code: 'waits_for_boundary', overall: 0.9, threshold: 0.7 },
      "overall 0.90 meets the policy's threshold of 0.70; admission waits for the next epoch boundary",
    ],
  ];

  it.each(sentences)('%j', (reason, sentence) => {
    expect(describeReason(reason)).toBe(sentence);
  });

  it.each(sentences)('%j has a public sentence without figures and names', ({ code, ...measured }) => {
    const text = describeReasonCode(code);
    expect(text).toMatch(/^[a-z' ;,]+$/);
    for (const value of Object.values(measured).filter((one) => typeof one === 'string' && one !== 'now'))
      expect(text.split(' ')).not.toContain(value);
  });

  it('never shows a score and the limit that it misses as the same figure', () => {
    fc.assert(
      fc.property(fc.double({ min: Number.MIN_VALUE, max: 1, noNaN: true }), (floor) => {
        const text = describeReason({ code: 'below_floor', metric: 'm', score: ulpBelow(floor), floor });
        const [, shown, limit] = /^m (\S+) is below the policy's floor of (\S+)$/.exec(text) ?? [];
        expect(shown).toBeDefined();
        expect(shown).not.toBe(limit);
      }),
    );
  });

  it('never shows an age and the limit that it exceeds as the same figure', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1, max: 5_000 }), (maxAgeMs, over) => {
        const text = describeReason({ code: 'stale', ageMs: maxAgeMs + over, maxAgeMs });
        const [, age, allowed] = /is (\S+) s old; the policy allows (\S+) s$/.exec(text) ?? [];
        expect(Number(age)).toBeGreaterThan(Number(allowed));
      }),
    );
  });

  it('keeps a name that a node chose within its line', () => {
    const hostile = 'x\n2026-11-23 node b admitted \u001b[2J\u2028"';
    const scores = { overall: 1, [hostile]: Number.NaN };
    const { reason } = evaluate(policyOf(), evidenceOf({ latest: benchmarkOf({ scores }) }), T0);
    expect(reason).toMatchObject({ code: 'unscored', metric: hostile });
    expect(describeReason(reason)).toMatch(/^[\x20-\x7e]+$/);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const all: Reason[] = [
          { code: 'unscored', metric: name, fault: 'missing' },
          { code: 'unknown_class', className: name },
          { code: 'not_measured_by', measuredBy: name, accepted: ['self'] },
          { code: 'below_floor', metric: name, score: 0, floor: 1 },
          { code: 'declining', metric: name, score: 0, below: 1 },
          { code: 'too_few_samples', metric: name, samples: 0, minimum: 1 },
        ];
        for (const each of all) expect(describeReason(each)).toMatch(/^[\x20-\x7e]{1,250}$/);
      }),
    );
  });
});
