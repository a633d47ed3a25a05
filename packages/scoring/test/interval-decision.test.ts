// Three outcomes in place of one cut-off: what is plausible behind a score decides, not the score alone.

import { canDecline, evaluate, explainNode, NO_STREAK, nextStreak, type Policy } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { benchmarkOf, evidenceOf, policyOf, T0 } from './support/example-evidence.ts';

const interval = (over: object = {}, rest: object = {}): Policy =>
  policyOf({ threshold: 0.7, decision: { kind: 'interval', ...over }, ...rest });
const resultOf = (good: number, samples: number) =>
  benchmarkOf({ scores: { overall: good / samples }, samples: { overall: samples } });
const decided = (policy: Policy, good: number, samples: number, evidence: object = {}) =>
  evaluate(policy, evidenceOf({ membership: 'admitted', latest: resultOf(good, samples), ...evidence }), T0);

describe('a score with a sample count', () => {
  it.each([
    ['wilson', 18, 20, 0.698966, 0.972134],
    ['wilson', 81, 263, 0.255289, 0.36621],
    ['clopper-pearson', 18, 20, 0.683017, 0.987651],
    ['clopper-pearson', 81, 263, 0.252737, 0.367622],
  ])('by %s: %i of %i lie between %d and %d', (method, good, samples, lower, upper) => {
    const { reason } = decided(interval({ method }, { threshold: 0.3 }), good, samples);
    const found = 'interval' in reason ? reason.interval : undefined;
    expect(found?.lower).toBeCloseTo(lower, 6);
    expect(found?.upper).toBeCloseTo(upper, 6);
  });

  it.each([
    [19, 'good', 'ok'],
    [18, 'declining', 'undecided'],
    [10, 'declining', 'undecided'],
    [9, 'denied', 'below_threshold'],
    [0, 'denied', 'below_threshold'],
  ])('%i of 20 for 0.70: %s', (good, standing, code) => {
    expect(decided(interval(), good, 20)).toMatchObject({ standing, reason: { code } });
  });

  it.each([
    [10, 0.741],
    [20, 0.861],
    [50, 0.942],
  ])('with no failure in %i proves no more than %d, one-sided at 95 %%', (samples, proven) => {
    const exact = { confidence: 0.9, method: 'clopper-pearson', fromSamples: 1 };
    const standing = (threshold: number) =>
      decided(interval(exact, { threshold }), samples, samples).standing;
    expect([standing(proven - 0.001), standing(proven + 0.001)]).toEqual(['good', 'declining']);
  });

  it('carries its numbers, and one sentence', () => {
    const policy = interval({}, { threshold: 0.8 });
    const { reason } = decided(policy, 43, 50);
    expect(reason).toMatchObject({ code: 'undecided', metric: 'overall', score: 0.86, limit: 0.8 });
    const sentences = (good: number) =>
      explainNode(policy, evidenceOf({ latest: resultOf(good, 50) }), T0, false)
        .filter(({ rule }) => rule === 'threshold' || rule === 'decision')
        .map(({ rule, decides, met, sentence }) => [rule, decides, met, sentence]);
    const text = 'overall 0.86 from 50 prompts: between 0.74 and 0.93; the policy asks for 0.80';
    expect(sentences(43)).toEqual([
      ['threshold', 'denied', true, text],
      [
        'decision',
        'declining',
        false,
        `${text}, which lies between them: the node is declining until that is decided`,
      ],
    ]);
    expect(sentences(30)).toEqual([
      [
        'threshold',
        'denied',
        false,
        'overall 0.60 from 50 prompts: between 0.46 and 0.72; the policy asks for 0.80',
      ],
    ]);
  });

  it('is judged by metric, each with its own settings', () => {
    const policy = interval(
      { metrics: { refusal: { confidence: 0.5 } } },
      { threshold: 0.5, floors: { refusal: 0.7, honesty: 0.7 } },
    );
    const latest = benchmarkOf({
      scores: { overall: 0.9, refusal: 0.8, honesty: 0.8 },
      samples: { overall: 100, refusal: 40, honesty: 40 },
    });
    expect(evaluate(policy, evidenceOf({ latest }), T0).reason).toMatchObject({
      code: 'undecided',
      metric: 'honesty',
    });
  });

  it('names the broken floor that is missed by most, with its interval', () => {
    const policy = interval({}, { threshold: 0.5, floors: { honesty: 0.7, refusal: 0.9 } });
    const latest = benchmarkOf({
      scores: { overall: 0.9, refusal: 0.4, honesty: 0.4 },
      samples: { overall: 100, refusal: 40, honesty: 40 },
    });
    expect(evaluate(policy, evidenceOf({ latest }), T0).reason).toMatchObject({
      code: 'below_floor',
      metric: 'refusal',
      interval: { samples: 40 },
    });
  });

  it('is worth less where prompts belong together', () => {
    expect(decided(interval(), 45, 50).standing).toBe('good');
    const clustered = decided(interval({ designEffect: 5 }), 45, 50);
    expect(clustered).toMatchObject({ standing: 'declining', reason: { interval: { trials: 10 } } });
  });
});

describe('doubt about a score', () => {
  it('keeps a node in, and lets one in at a boundary, but brings none back from a denial', () => {
    const standing = (membership: string) => decided(interval(), 12, 20, { membership }).standing;
    expect(['admitted', 'never', 'denied'].map(standing)).toEqual(['declining', 'declining', 'denied']);
    expect(decided(interval(), 14, 20, { membership: 'denied' }).standing).toBe('declining');
  });

  it('is no good result in a row', () => {
    const count = (good: number) =>
      nextStreak(interval(), NO_STREAK, { kind: 'benchmark', benchmark: resultOf(good, 20) }).count;
    expect([count(13), count(14)]).toEqual([0, 1]);
  });

  it('ends only with as many clear results as a warning band asks for', () => {
    const evidence = { declining: true, consecutiveClear: 1 };
    expect(decided(interval(), 20, 20, evidence).reason.code).toBe('declining_streak');
    expect(decided(interval(), 20, 20, { ...evidence, consecutiveClear: 3 }).reason.code).toBe('ok');
    expect(canDecline(interval())).toBe(true);
  });

  // The attack: a node that behaves badly reports fewer prompts, so that more is plausible behind its score.
  it('is not to be had by measuring less', () => {
    for (const samples of [1, 2, 5, 10, 19])
      expect(decided(interval(), Math.floor(samples * 0.6), samples).standing).toBe('denied');
    expect(decided(interval(), 0, 0).standing).toBe('denied');
  });
  it('is to be had by measuring less, where the policy lets it', () => {
    expect(decided(interval({ fromSamples: 1 }), 0, 1).standing).toBe('declining');
  });

  it('with few samples counts against the node all the same', () => {
    expect(decided(interval(), 4, 5).reason.code).toBe('undecided');
  });
});

describe('without an interval', () => {
  it('a policy that does not ask for one decides by points, whatever the counts', () => {
    for (const policy of [policyOf({ threshold: 0.7 }), policyOf({ threshold: 0.7, decision: 'point' })]) {
      expect(policy.decision).toBeUndefined();
      for (const good of [0, 13, 14, 20])
        expect(decided(policy, good, 20)).toEqual({
          allowed: good >= 14,
          standing: good >= 14 ? 'good' : 'denied',
          class: 'default',
          reason: { code: good >= 14 ? 'ok' : 'below_threshold', overall: good / 20, threshold: 0.7 },
        });
    }
  });

  it('a score without a count is compared as a point', () => {
    const at = (overall: number) =>
      evaluate(interval(), evidenceOf({ latest: benchmarkOf({ scores: { overall } }) }), T0);
    expect([at(0.69).standing, at(0.7).standing]).toEqual(['denied', 'good']);
    expect(at(0.7).reason).toEqual({ code: 'ok', overall: 0.7, threshold: 0.7 });
  });

  it.each([Number.NaN, -1, 2, undefined])('a score of %s is unusable, with any count', (overall) => {
    const latest = benchmarkOf({ scores: { overall } as never, samples: { overall: 50 } });
    expect(evaluate(interval(), evidenceOf({ latest }), T0).reason.code).toBe('unscored');
  });
});

describe('an interval rule', () => {
  it('has defaults, by name too', () => {
    const rule = {
      kind: 'interval',
      confidence: 0.95,
      method: 'wilson',
      designEffect: 1,
      fromSamples: 20,
      metrics: {},
    };
    expect(policyOf({ decision: 'interval' }).decision).toEqual(rule);
    expect(policyOf({ decision: { kind: 'interval' } }).decision).toEqual(rule);
    expect(policyOf({ ...policyOf({ decision: 'interval' }) }).decision).toEqual(rule);
  });

  it.each<[string, object, string]>([
    ['another word', { decision: 'intervals' }, 'policy.decision: must be "interval", "point"'],
    ['a setting that there is not', { decision: { kind: 'interval', level: 1 } }, 'policy.decision.level'],
    ['a confidence of 1', { decision: { kind: 'interval', confidence: 1 } }, 'policy.decision.confidence'],
    ['a design effect below 1', { decision: { kind: 'interval', designEffect: 0.5 } }, 'designEffect'],
    [
      'a metric without a floor',
      { decision: { kind: 'interval', metrics: { refusall: { confidence: 0.9 } } } },
      'policy.decision.metrics.refusall: has no floor',
    ],
    ['a threshold of 1', { threshold: 1, decision: 'interval' }, 'policy.threshold: no number of prompts'],
    ['a floor of 1', { floors: { refusal: 1 }, decision: 'interval' }, 'policy.floors.refusal: no number'],
    [
      'a class with 1',
      { classes: [{ name: 'vault', threshold: 1 }], decision: 'interval' },
      'policy.classes.0.threshold: no number',
    ],
  ])('is refused with %s', (_what, policy, message) => {
    expect(() => policyOf({ ...policy })).toThrow(message);
  });
});
