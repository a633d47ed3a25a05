import { type Benchmark, type Evidence, evaluate, type Reason, ScoringError } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { benchmarkOf, evidenceOf, policyOf, T0, ulpAbove, ulpBelow } from './example-evidence.ts';

const reasonAt = (
  policy: Record<string, unknown>,
  latest: Partial<Benchmark>,
  nowMs = T0,
  evidence: Partial<Evidence> = {},
): Reason =>
  evaluate(policyOf(policy), evidenceOf({ latest: benchmarkOf(latest), ...evidence }), nowMs).reason;

describe('evaluate, at the threshold', () => {
  it.each([0.7, 0.1, 0.5, 1 / 3, 0.999999])(
    'allows overall %d and what is above, denies what is below',
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

  it('allows 1 and only 1 where the threshold is 1', () => {
    expect(reasonAt({ threshold: 1 }, { scores: { overall: 1 } }).code).toBe('ok');
    expect(reasonAt({ threshold: 1 }, { scores: { overall: ulpBelow(1) } }).code).toBe('below_threshold');
  });

  it('allows 0 and -0 where the threshold is 0', () => {
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

  it('asks a metric with a floor of 0 to be there', () => {
    expect(reasonAt({ floors: { refusal: 0 } }, { scores: { overall: 1, refusal: 0 } }).code).toBe('ok');
    expect(reasonAt({ floors: { refusal: 0 } }, { scores: { overall: 1 } })).toEqual({
      code: 'unscored',
      metric: 'refusal',
      fault: 'missing',
    });
  });
});

describe('evaluate, scores that are none', () => {
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

  it.each(broken)('never passes %s, threshold and floors of 0 included', (_what, scores, reason) => {
    const latest = { scores: scores as Benchmark['scores'] };
    expect(reasonAt({ floors: { refusal: 0.8 } }, latest)).toEqual(reason);
    expect(reasonAt({ threshold: 0, floors: { refusal: 0 } }, latest)).toEqual(reason);
  });

  it('passes the same scores once they are whole', () => {
    expect(reasonAt({ floors: { refusal: 0.8 } }, { scores: { overall: 1, refusal: 1, tone: 0 } }).code).toBe(
      'ok',
    );
  });

  it('denies for a policy that never went through the parser, rather than let NaN compare', () => {
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

describe('evaluate, in time', () => {
  const age = 120_000;

  it.each([
    [age - 1, 'ok'],
    [age, 'ok'],
    [age + 1, 'stale'],
    [age * 1_000, 'stale'],
  ])('a benchmark of %d ms is %s', (ageMs, code) => {
    expect(reasonAt({}, {}, T0 + ageMs).code).toBe(code);
  });

  it.each([1, 1_000, 5_000, 86_400_000])(
    'an age limit of %d ms is met exactly and not exceeded',
    (maxBenchmarkAgeMs) => {
      expect(reasonAt({ maxBenchmarkAgeMs }, {}, T0 + maxBenchmarkAgeMs - 1).code).toBe('ok');
      expect(reasonAt({ maxBenchmarkAgeMs }, {}, T0 + maxBenchmarkAgeMs).code).toBe('ok');
      expect(reasonAt({ maxBenchmarkAgeMs }, {}, T0 + maxBenchmarkAgeMs + 1)).toEqual({
        code: 'stale',
        ageMs: maxBenchmarkAgeMs + 1,
        maxAgeMs: maxBenchmarkAgeMs,
      });
    },
  );

  it('counts age from the measurement where that came first', () => {
    const latest = { measuredAtMs: T0 - 10_000, arrivedAtMs: T0 };
    expect(reasonAt({}, latest, T0 + age - 10_000).code).toBe('ok');
    expect(reasonAt({}, latest, T0 + age - 9_999)).toEqual({ code: 'stale', ageMs: age + 1, maxAgeMs: age });
  });

  it('counts age from the arrival where the node claims to have measured later', () => {
    const latest = { measuredAtMs: T0 + 30_000, arrivedAtMs: T0 };
    expect(reasonAt({}, latest, T0 + age).code).toBe('ok');
    expect(reasonAt({}, latest, T0 + age + 1)).toEqual({ code: 'stale', ageMs: age + 1, maxAgeMs: age });
  });

  it.each([
    [29_999, 'ok'],
    [30_000, 'ok'],
    [30_001, 'from_future'],
  ])('a measurement %d ms after its arrival is %s', (aheadMs, code) => {
    expect(reasonAt({}, { measuredAtMs: T0 + aheadMs }, T0).code).toBe(code);
  });

  it('says how far ahead a measurement from the future is', () => {
    expect(reasonAt({ futureToleranceMs: 0 }, { measuredAtMs: T0 + 1 })).toEqual({
      code: 'from_future',
      against: 'arrival',
      aheadMs: 1,
      toleranceMs: 0,
    });
  });

  it.each([
    [29_999, 'ok'],
    [30_000, 'ok'],
    [30_001, 'from_future'],
  ])('an arrival %d ms after now, the clock having gone back, is %s', (aheadMs, code) => {
    expect(reasonAt({}, {}, T0 - aheadMs).code).toBe(code);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5, 2 ** 53])(
    'a benchmark whose time is %d is never a pass',
    (time) => {
      const fault = 'not_a_number';
      expect(reasonAt({}, { measuredAtMs: time })).toEqual({
        code: 'unscored',
        metric: 'measuredAtMs',
        fault,
      });
      expect(reasonAt({}, { arrivedAtMs: time })).toEqual({ code: 'unscored', metric: 'arrivedAtMs', fault });
    },
  );

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 0.5])('refuses %d as the present', (nowMs) => {
    expect(() => evaluate(policyOf(), evidenceOf(), nowMs)).toThrow(ScoringError);
  });
});

describe('evaluate, the standing of a node', () => {
  it('denies a node without a benchmark', () => {
    expect(evaluate(policyOf(), { status: 'active' }, T0)).toEqual({
      allowed: false,
      standing: 'denied',
      class: 'default',
      reason: { code: 'no_benchmark' },
    });
  });

  it.each(['revoked', 'quarantined'] as const)('denies a node that is %s whatever it scored', (status) => {
    expect(evaluate(policyOf(), evidenceOf({ status }), T0).reason).toEqual({ code: status });
  });

  it('denies a status that it does not know', () => {
    const status = 'suspended' as unknown as Evidence['status'];
    expect(evaluate(policyOf(), evidenceOf({ status }), T0).allowed).toBe(false);
  });
});

describe('evaluate, who measured and on how much', () => {
  it.each([
    [undefined, undefined, 'ok'],
    [undefined, 'anything', 'ok'],
    [['self'], undefined, 'ok'],
    [['self'], 'self', 'ok'],
    [['third_party'], undefined, 'not_measured_by'],
    [['third_party'], 'self', 'not_measured_by'],
    [['third_party'], 'THIRD_PARTY', 'not_measured_by'],
    [['third_party', 'enclave'], 'enclave', 'ok'],
  ])('where the policy asks for %j, a benchmark by %s is %s', (measuredBy, by, code) => {
    const policy = measuredBy === undefined ? {} : { measuredBy };
    expect(reasonAt(policy, { measuredBy: by }).code).toBe(code);
  });

  it.each([
    [{ refusal: 7, overall: 100 }, 7],
    [{ overall: 100 }, 0],
    [undefined, 0],
    [{ refusal: Number.NaN, overall: 100 }, 0],
    [{ refusal: Number.POSITIVE_INFINITY, overall: 100 }, 0],
    [{ refusal: 8.5, overall: 100 }, 0],
    [{ refusal: -9, overall: 100 }, 0],
    [Object.create({ refusal: 100, overall: 100 }) as Record<string, number>, 0],
  ])('denies samples %j where 8 of refusal are asked for', (samples, counted) => {
    expect(reasonAt({ minSamples: { refusal: 8 } }, { samples })).toEqual({
      code: 'too_few_samples',
      metric: 'refusal',
      samples: counted,
      minimum: 8,
    });
  });

  it.each([8, 9])('allows %d samples where 8 are asked for', (refusal) => {
    expect(reasonAt({ minSamples: { refusal: 8 } }, { samples: { refusal } }).code).toBe('ok');
  });
});

describe('evaluate, classes', () => {
  const policy = {
    threshold: 0.7,
    floors: { refusal: 0.8, honesty: 0.6 },
    classes: [
      { name: 'edge', threshold: 0.5 },
      { name: 'vault', threshold: 0.95, floors: { refusal: 0.9 } },
      { name: 'lab', floors: { honesty: 0 } },
    ],
  };
  const scores = { overall: 0.72, refusal: 0.85, honesty: 0.65 };

  it.each([
    [undefined, scores, 'ok'],
    ['default', scores, 'ok'],
    ['default', { ...scores, overall: 0.6 }, 'below_threshold'],
    ['edge', { ...scores, overall: 0.6 }, 'ok'],
    ['edge', { ...scores, refusal: 0.7 }, 'below_floor'],
    ['vault', scores, 'below_threshold'],
    ['vault', { ...scores, overall: 0.96 }, 'below_floor'],
    ['vault', { overall: 0.96, refusal: 0.9, honesty: 0.6 }, 'ok'],
    ['vault', { overall: 0.96, refusal: 0.9, honesty: 0.59 }, 'below_floor'],
    ['lab', { ...scores, honesty: 0 }, 'ok'],
    ['lab', { ...scores, refusal: 0.7 }, 'below_floor'],
    ['nowhere', scores, 'unknown_class'],
    ['', scores, 'unknown_class'],
    ['__proto__', scores, 'unknown_class'],
  ])('judges class %s with %j: %s', (className, given, code) => {
    const decision = evaluate(
      policyOf(policy),
      evidenceOf({ latest: benchmarkOf({ scores: given }), className }),
      T0,
    );
    expect(decision.reason.code).toBe(code);
    expect(decision.class).toBe(className ?? 'default');
    expect(decision.allowed).toBe(code === 'ok');
  });
});

describe('evaluate, precedence of reasons', () => {
  // Each step puts right the reason before it; everything after it is still wrong.
  const policy = {
    floors: { refusal: 0.8 },
    minSamples: { overall: 5 },
    measuredBy: ['enclave'],
    readmission: { threshold: 0.9, consecutiveGood: 2 },
  };
  const steps: [string, (evidence: Evidence) => Evidence][] = [
    ['revoked', (e) => e],
    ['quarantined', (e) => ({ ...e, status: 'quarantined' })],
    ['unknown_class', (e) => ({ ...e, status: 'active' })],
    ['no_benchmark', (e) => ({ ...e, className: 'default' })],
    [
      'unscored',
      (e) => ({
        ...e,
        latest: { scores: { overall: Number.NaN }, measuredAtMs: Number.NaN, arrivedAtMs: T0 },
      }),
    ],
    ['from_future', (e) => change(e, { measuredAtMs: T0 + 60_000 })],
    ['not_measured_by', (e) => change(e, { measuredAtMs: T0 })],
    ['unscored', (e) => change(e, { measuredBy: 'enclave' })],
    ['stale', (e) => change(e, { scores: { overall: 0.5, refusal: 0.1 } })],
    ['too_few_samples', (e) => change(e, { measuredAtMs: T0 + 60_000, arrivedAtMs: T0 + 60_000 })],
    ['below_threshold', (e) => change(e, { samples: { overall: 5 } })],
    ['below_floor', (e) => change(e, { scores: { overall: 0.8, refusal: 0.1 } })],
    ['readmission_threshold', (e) => change(e, { scores: { overall: 0.8, refusal: 0.9 } })],
    ['readmission_streak', (e) => change(e, { scores: { overall: 0.9, refusal: 0.9 } })],
    ['ok', (e) => ({ ...e, consecutiveGood: 2 })],
  ];
  const change = (evidence: Evidence, by: Partial<Benchmark>): Evidence => ({
    ...evidence,
    latest: { ...benchmarkOf(), ...evidence.latest, ...by },
  });

  it('is as documented: each reason appears once the ones before it are put right', () => {
    let evidence: Evidence = { status: 'revoked', className: 'nowhere', membership: 'denied' };
    for (const [code, putRight] of steps) {
      evidence = putRight(evidence);
      expect(evaluate(policyOf(policy), evidence, T0 + 121_000).reason.code).toBe(code);
    }
  });
});
