import { benchmarkAgeMs, evaluate, staleAtMs } from '@mesh/scoring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { benchmarkOf, evidenceOf, policyOf, T0 } from './support/example-evidence.ts';

describe('staleAtMs', () => {
  it('is one millisecond past the age limit', () => {
    expect(staleAtMs(policyOf(), benchmarkOf())).toBe(T0 + 120_001);
  });

  it('counts from the earlier of measurement and arrival', () => {
    expect(staleAtMs(policyOf(), benchmarkOf({ measuredAtMs: T0 - 7 }))).toBe(T0 + 120_001 - 7);
    expect(staleAtMs(policyOf(), benchmarkOf({ measuredAtMs: T0 + 7 }))).toBe(T0 + 120_001);
  });

  it('is -Infinity if the times are invalid', () => {
    expect(staleAtMs(policyOf(), benchmarkOf({ arrivedAtMs: Number.NaN }))).toBe(Number.NEGATIVE_INFINITY);
    expect(staleAtMs(policyOf(), benchmarkOf({ measuredAtMs: 0.5 }))).toBe(Number.NEGATIVE_INFINITY);
  });

  it('is exactly the first instant at which evaluate says stale', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.integer({ min: -1e6, max: 30_000 }),
        (maxBenchmarkAgeMs, offset) => {
          const policy = policyOf({ maxBenchmarkAgeMs });
          const latest = benchmarkOf({ measuredAtMs: T0 + offset });
          const staleAt = staleAtMs(policy, latest);
          fc.pre(staleAt > latest.arrivedAtMs);
          expect(evaluate(policy, evidenceOf({ latest }), staleAt - 1).reason.code).not.toBe('stale');
          expect(evaluate(policy, evidenceOf({ latest }), staleAt).reason.code).toBe('stale');
          expect(benchmarkAgeMs(latest, staleAt)).toBe(maxBenchmarkAgeMs + 1);
        },
      ),
    );
  });
});
