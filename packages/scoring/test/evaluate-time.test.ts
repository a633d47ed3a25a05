import { evaluate, ScoringError } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { evidenceOf, policyOf, reasonAt, T0 } from './support/example-evidence.ts';

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

  it('counts age from the measurement if that came first', () => {
    const latest = { measuredAtMs: T0 - 10_000, arrivedAtMs: T0 };
    expect(reasonAt({}, latest, T0 + age - 10_000).code).toBe('ok');
    expect(reasonAt({}, latest, T0 + age - 9_999)).toEqual({ code: 'stale', ageMs: age + 1, maxAgeMs: age });
  });

  it('counts age from the arrival if the node claims to have measured later', () => {
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
