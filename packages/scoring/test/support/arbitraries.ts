// Arbitrary evidence and policies for the properties.

import { type Benchmark, type Evidence, MEASURED_BY, type Policy, parsePolicy } from '@mesh/scoring';
import fc from 'fast-check';
import { T0 } from './example-evidence.ts';

const METRICS = ['refusal', 'honesty', 'policy'];

// Few distinct values, so that scores meet limits exactly and often.
export const anyScore = fc.oneof(
  fc.constantFrom(0, 0.5, 0.7, 0.8, 0.9, 1),
  fc.double({ min: 0, max: 1, noNaN: true }),
);
const brokenScore = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 2);

export const anyPolicy: fc.Arbitrary<Policy> = fc
  .record({
    threshold: fc.oneof(fc.constantFrom(0, 0.5, 0.7, 1), anyScore),
    floors: fc.dictionary(fc.constantFrom(...METRICS), anyScore, { maxKeys: 2 }),
    maxBenchmarkAgeMs: fc.constantFrom(1, 60_000, 120_000, 120_000),
    futureToleranceMs: fc.constantFrom(0, 30_000),
    minResultGapMs: fc.constantFrom(0, 15_000),
    consecutiveGood: fc.integer({ min: 1, max: 3 }),
    readmissionExtra: fc.constantFrom(0, 0.1, 1),
    classThreshold: anyScore,
    measuredBy: fc.option(fc.subarray([...MEASURED_BY], { minLength: 1 }), { nil: undefined, freq: 1 }),
    minSamples: fc.option(fc.record({ overall: fc.integer({ min: 1, max: 5 }) }), { nil: undefined }),
    /** The height of the warning band: none, a little, up to the top. */
    bandShare: fc.constantFrom(0, 0.3, 1),
    consecutiveClear: fc.integer({ min: 1, max: 3 }),
    promptsPerFalseCut: fc.option(fc.constantFrom(100, 1_000), { nil: undefined }),
    interval: fc.option(
      fc.record({
        kind: fc.constant('interval'),
        confidence: fc.constantFrom(0.5, 0.9, 0.95),
        method: fc.constantFrom('wilson', 'clopper-pearson'),
        designEffect: fc.constantFrom(1, 2.5),
        fromSamples: fc.constantFrom(1, 5, 20),
      }),
      { nil: undefined },
    ),
  })
  .map((drawn) => {
    const { consecutiveGood, readmissionExtra, classThreshold, measuredBy, minSamples, ...others } = drawn;
    const { bandShare, consecutiveClear, minResultGapMs, interval, promptsPerFalseCut, ...rest } = others;
    // No number of prompts proves a limit of 1.
    const limits = [rest.threshold, classThreshold, ...Object.values(rest.floors)];
    const decision = limits.includes(1) ? undefined : interval;
    const alarm = limits.includes(1) || promptsPerFalseCut === undefined ? undefined : { promptsPerFalseCut };
    const above = (limit: number) => limit + (1 - limit) * bandShare;
    const band = (threshold: number) => (above(threshold) > threshold ? { below: above(threshold) } : {});
    const bandFloors = Object.entries(rest.floors).filter(([, floor]) => above(floor) > floor);
    return parsePolicy({
      ...rest,
      minResultGapMs: Math.min(minResultGapMs, rest.maxBenchmarkAgeMs - 1),
      ...(measuredBy && { measuredBy }),
      ...(minSamples && { minSamples }),
      ...(decision && { decision }),
      ...(alarm && { alarm }),
      readmission: { consecutiveGood, threshold: Math.min(1, rest.threshold + readmissionExtra) },
      declining: {
        ...band(rest.threshold),
        floors: Object.fromEntries(bandFloors.map(([metric, floor]) => [metric, above(floor)])),
        consecutiveClear,
      },
      classes: [
        { name: 'edge', threshold: classThreshold, declining: { below: 0, ...band(classThreshold) } },
      ],
    });
  });

const anyTime = (latestMs: number) =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(T0, T0 - 1, T0 - 60_000) },
    { weight: 1, arbitrary: fc.integer({ min: T0 - 130_000, max: latestMs }) },
  );

export const anyBenchmark: fc.Arbitrary<Benchmark> = fc.record({
  scores: fc.oneof(
    {
      weight: 9,
      arbitrary: fc.record({ overall: anyScore, refusal: anyScore, honesty: anyScore, policy: anyScore }),
    },
    {
      weight: 1,
      arbitrary: fc.dictionary(fc.constantFrom('overall', ...METRICS), fc.oneof(anyScore, brokenScore)),
    },
  ),
  samples: fc.constantFrom(
    undefined,
    { overall: 2 },
    { overall: 9, refusal: 4 },
    { overall: 60, refusal: 25 },
  ),
  measuredBy: fc.constantFrom(undefined, ...MEASURED_BY),
  measuredAtMs: anyTime(T0 + 31_000),
  arrivedAtMs: anyTime(T0),
});

export const anyEvidence: fc.Arbitrary<Evidence> = fc.record({
  status: fc.oneof(
    { weight: 8, arbitrary: fc.constant('active' as const) },
    { weight: 1, arbitrary: fc.constantFrom('quarantined' as const, 'revoked' as const, 'pending' as const) },
  ),
  latest: fc.option(anyBenchmark, { nil: undefined, freq: 9 }),
  membership: fc.constantFrom('admitted', 'denied', 'never', undefined),
  consecutiveGood: fc.constantFrom(undefined, 0, 1, 2, 3),
  declining: fc.constantFrom(undefined, false, true),
  consecutiveClear: fc.constantFrom(undefined, 0, 1, 2, 3),
  watch: fc.option(
    fc.record({
      measuredAtMs: fc.constant(T0 - 60_000),
      arrivedAtMs: fc.constant(T0 - 60_000),
      metrics: fc.dictionary(
        fc.constantFrom('overall', 'refusal'),
        fc.record({
          asked: anyScore,
          evidence: fc.constantFrom([0, 0, 0, 0, 0], [10, 20, 30, 40, 900], [9e3, 9e3, 9e3, 9e3, 9e3]),
          prompts: fc.integer({ min: 1, max: 500 }),
          good: fc.constant(0.5),
        }),
      ),
    }),
    { nil: undefined },
  ),
  className: fc.constantFrom(undefined, 'default', 'edge', 'edge', 'default', 'nowhere'),
});

/** A policy, evidence, and another score for one of the metrics. */
export const changedScore = [
  anyPolicy,
  anyEvidence,
  anyScore,
  fc.constantFrom('overall', 'refusal', 'honesty'),
] as const;
