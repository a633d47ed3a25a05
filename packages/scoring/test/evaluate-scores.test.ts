import { type Benchmark, evaluate, type Reason } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { evidenceOf, policyOf, reasonAt, T0, ulpAbove, ulpBelow } from './support/example-evidence.ts';

describe('evaluate, at the threshold', () => {
  it.each([0.7, 0.1, 0.5, 1 / 3, 0.999999])(
    'allows overall %d and everything above, denies everything below',
    (at) => {
      for (const overall of [at, ulpAbove(at), Math.min(1, at + 1e-9), 1]) {
        expect(reasonAt({ threshold: at }, { scores: { overall } })).toEqual({
          code: 'ok',
          overall,
          threshold: at,
        });
      }
      for (const overall of [ulpBelow(at), at - 1e-9, 0]) {
        expect(reasonAt({ threshold: at }, { scores: { overall } })).toEqual({
          code: 'below_threshold',
          overall,
          threshold: at,
        });
      }
    },
  );

  it('allows only 1 if the threshold is 1', () => {
    expect(reasonAt({ threshold: 1 }, { scores: { overall: 1 } }).code).toBe('ok');
    expect(reasonAt({ threshold: 1 }, { scores: { overall: ulpBelow(1) } }).code).toBe('below_threshold');
  });

  it('allows 0 and -0 if the threshold is 0', () => {
    expect(reasonAt({ threshold: 0 }, { scores: { overall: 0 } }).code).toBe('ok');
    expect(reasonAt({ threshold: 0 }, { scores: { overall: -0 } }).code).toBe('ok');
  });
});

describe('evaluate, at a floor', () => {
  const floors = { refusal: 0.8 };

  it.each([0.8, ulpAbove(0.8), 0.8 + 1e-9, 1])('allows refusal %d', (refusal) => {
    expect(reasonAt({ floors }, { scores: { overall: 0.9, refusal } }).code).toBe('ok');
  });

  it.each([ulpBelow(0.8), 0.8 - 1e-9, 0.62, 0])('denies refusal %d', (refusal) => {
    expect(reasonAt({ floors }, { scores: { overall: 0.9, refusal } })).toEqual({
      code: 'below_floor',
      metric: 'refusal',
      score: refusal,
      floor: 0.8,
    });
  });

  it('reports the floor that is missed by most, the first by name among equals', () => {
    const three = { floors: { refusal: 0.8, honesty: 0.8, policy: 0.5 } };
    const worst = reasonAt(three, { scores: { overall: 1, refusal: 0.5, honesty: 0.7, policy: 0.4 } });
    expect(worst).toMatchObject({ code: 'below_floor', metric: 'refusal' });
    const equal = reasonAt(three, { scores: { overall: 1, refusal: 0.5, honesty: 0.5, policy: 0.4 } });
    expect(equal).toMatchObject({ code: 'below_floor', metric: 'honesty' });
  });

  it('needs a score for a metric with a floor of 0', () => {
    expect(reasonAt({ floors: { refusal: 0 } }, { scores: { overall: 1, refusal: 0 } }).code).toBe('ok');
    expect(reasonAt({ floors: { refusal: 0 } }, { scores: { overall: 1 } })).toEqual({
      code: 'unscored',
      metric: 'refusal',
      fault: 'missing',
    });
  });
});

describe('evaluate, invalid scores', () => {
  const broken: [string, unknown, Reason][] = [
    ['undefined', undefined, { code: 'unscored', metric: 'overall', fault: 'not_an_object' }],
    ['null', null, { code: 'unscored', metric: 'overall', fault: 'not_an_object' }],
    ['a number', 1, { code: 'unscored', metric: 'overall', fault: 'not_an_object' }],
    ['text', '{"overall":1}', { code: 'unscored', metric: 'overall', fault: 'not_an_object' }],
    ['a list', [1], { code: 'unscored', metric: 'overall', fault: 'not_an_object' }],
    [
      'a list with overall',
      Object.assign([1], { overall: 1, refusal: 1 }),
      { code: 'unscored', metric: 'overall', fault: 'not_an_object' },
    ],
    ['nothing', {}, { code: 'unscored', metric: 'overall', fault: 'missing' }],
    [
      'an inherited overall',
      Object.create({ overall: 1, refusal: 1 }),
      { code: 'unscored', metric: 'overall', fault: 'missing' },
    ],
    ['no overall', { refusal: 1 }, { code: 'unscored', metric: 'overall', fault: 'missing' }],
    [
      'NaN',
      { overall: Number.NaN, refusal: 1 },
      { code: 'unscored', metric: 'overall', fault: 'not_finite' },
    ],
    [
      'Infinity',
      { overall: Number.POSITIVE_INFINITY, refusal: 1 },
      { code: 'unscored', metric: 'overall', fault: 'not_finite' },
    ],
    [
      '-Infinity',
      { overall: Number.NEGATIVE_INFINITY, refusal: 1 },
      { code: 'unscored', metric: 'overall', fault: 'not_finite' },
    ],
    [
      'text in overall',
      { overall: '1', refusal: 1 },
      { code: 'unscored', metric: 'overall', fault: 'not_a_number' },
    ],
    [
      'true in overall',
      { overall: true, refusal: 1 },
      { code: 'unscored', metric: 'overall', fault: 'not_a_number' },
    ],
    [
      'null in overall',
      { overall: null, refusal: 1 },
      { code: 'unscored', metric: 'overall', fault: 'not_a_number' },
    ],
    ['a bigint', { overall: 1n, refusal: 1 }, { code: 'unscored', metric: 'overall', fault: 'not_a_number' }],
    [
      'an object with valueOf',
      { overall: { valueOf: () => 1 }, refusal: 1 },
      { code: 'unscored', metric: 'overall', fault: 'not_a_number' },
    ],
    [
      'more than 1',
      { overall: ulpAbove(1), refusal: 1 },
      { code: 'unscored', metric: 'overall', fault: 'out_of_range' },
    ],
    ['percent', { overall: 95, refusal: 1 }, { code: 'unscored', metric: 'overall', fault: 'out_of_range' }],
    [
      'less than 0',
      { overall: -Number.MIN_VALUE, refusal: 1 },
      { code: 'unscored', metric: 'overall', fault: 'out_of_range' },
    ],
    ['no refusal', { overall: 1 }, { code: 'unscored', metric: 'refusal', fault: 'missing' }],
    [
      'NaN in refusal',
      { overall: 1, refusal: Number.NaN },
      { code: 'unscored', metric: 'refusal', fault: 'not_finite' },
    ],
    [
      'undefined in refusal',
      { overall: 1, refusal: undefined },
      { code: 'unscored', metric: 'refusal', fault: 'not_a_number' },
    ],
    [
      '2 in refusal',
      { overall: 1, refusal: 2 },
      { code: 'unscored', metric: 'refusal', fault: 'out_of_range' },
    ],
    [
      'NaN in a metric without a floor',
      { overall: 1, refusal: 1, tone: Number.NaN },
      { code: 'unscored', metric: 'tone', fault: 'not_finite' },
    ],
  ];

  it.each(broken)('never passes %s, even with threshold and floors of 0', (_what, scores, reason) => {
    const latest = { scores: scores as Benchmark['scores'] };
    expect(reasonAt({ floors: { refusal: 0.8 } }, latest)).toEqual(reason);
    expect(reasonAt({ threshold: 0, floors: { refusal: 0 } }, latest)).toEqual(reason);
  });

  it('passes the same scores without the fault', () => {
    expect(reasonAt({ floors: { refusal: 0.8 } }, { scores: { overall: 1, refusal: 1, tone: 0 } }).code).toBe(
      'ok',
    );
  });

  it('denies with a policy that holds NaN because it was never parsed', () => {
    const policy = { ...policyOf(), threshold: Number.NaN };
    expect(evaluate(policy, evidenceOf(), T0).allowed).toBe(false);
    const noAge = { ...policyOf(), maxBenchmarkAgeMs: Number.NaN };
    expect(evaluate(noAge, evidenceOf(), T0).allowed).toBe(false);
    const noTolerance = { ...policyOf(), futureToleranceMs: Number.NaN };
    expect(evaluate(noTolerance, evidenceOf(), T0).allowed).toBe(false);
    const noFloor = { ...policyOf(), floors: { refusal: Number.NaN } };
    expect(evaluate(noFloor, evidenceOf(), T0).allowed).toBe(false);
  });
});
