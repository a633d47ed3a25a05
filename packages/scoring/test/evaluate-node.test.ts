import { defined, parseNodeId } from '@mesh/primitives';
import { type Benchmark, decideMesh, type Evidence, evaluate } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { benchmarkOf, evidenceOf, policyOf, reasonAt, T0 } from './support/example-evidence.ts';

describe('evaluate, the standing of a node', () => {
  it('denies a node without a benchmark', () => {
    expect(evaluate(policyOf(), { status: 'active' }, T0)).toEqual({
      allowed: false,
      standing: 'denied',
      class: 'default',
      reason: { code: 'no_benchmark' },
    });
  });

  it.each(['revoked', 'quarantined'] as const)('denies a node that is %s with any score', (status) => {
    expect(evaluate(policyOf(), evidenceOf({ status }), T0).reason).toEqual({ code: status });
  });

  it('denies an unknown status', () => {
    const status = 'suspended' as unknown as Evidence['status'];
    expect(evaluate(policyOf(), evidenceOf({ status }), T0).allowed).toBe(false);
  });
});

describe('evaluate, a node whose tunnel fails by its own reports', () => {
  const unreachable = evidenceOf({ unreachableSinceMs: T0 - 60_000 });

  it('is denied if the policy has a limit, and allowed if it has none', () => {
    expect(evaluate(policyOf({ unreachableAfterMs: 30_000 }), unreachable, T0)).toMatchObject({
      standing: 'denied',
      reason: { code: 'unreachable', failingMs: 60_000, limitMs: 30_000 },
    });
    expect(evaluate(policyOf(), unreachable, T0).reason.code).toBe('ok');
    expect(evaluate(policyOf({ unreachableAfterMs: 30_000 }), evidenceOf(), T0).reason.code).toBe('ok');
  });

  it('stays denied when the clock is set back, even if staleness is waived', () => {
    const policy = policyOf({ unreachableAfterMs: 30_000, futureToleranceMs: 3_600_000 });
    const nodeId = parseNodeId('node-a');
    const admitted = { ...unreachable, membership: 'admitted' } as const;
    for (const nowMs of [T0 - 3_000_000, T0]) {
      const decided = decideMesh({
        kind: 'instant',
        policy,
        nodes: [{ nodeId, evidence: admitted }],
        nowMs,
        stalenessWaived: true,
      });
      expect(decided.get(nodeId)?.reason).toMatchObject({ code: 'unreachable', limitMs: 30_000 });
    }
  });

  it('is denied for its score if that is bad as well', () => {
    const bad = { ...unreachable, latest: benchmarkOf({ scores: { overall: 0.1 } }) };
    expect(evaluate(policyOf({ unreachableAfterMs: 30_000 }), bad, T0).reason.code).toBe('below_threshold');
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
  ])('if the policy asks for %j, a benchmark by %s is %s', (measuredBy, by, code) => {
    const policy = defined({ measuredBy });
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
  ])('denies samples %j if 8 of refusal are required', (samples, counted) => {
    expect(reasonAt({ minSamples: { refusal: 8 } }, { samples })).toEqual({
      code: 'too_few_samples',
      metric: 'refusal',
      samples: counted,
      minimum: 8,
    });
  });

  it.each([8, 9])('allows %d samples if 8 are required', (refusal) => {
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
  // Each step corrects the fault of the reason before. All later faults remain.
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

  it('is as documented: each reason appears when the earlier faults are corrected', () => {
    let evidence: Evidence = { status: 'revoked', className: 'nowhere', membership: 'denied' };
    for (const [code, putRight] of steps) {
      evidence = putRight(evidence);
      expect(evaluate(policyOf(policy), evidence, T0 + 121_000).reason.code).toBe(code);
    }
  });
});
