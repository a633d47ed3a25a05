// What a policy lets a drift signal lead to. None of them denies, whatever it says.

import {
  canDecline,
  type Drift,
  diffPolicies,
  evaluate,
  explainNode,
  nextClearStreak,
  parsePolicy,
  weakens,
} from '@mesh/scoring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyEvidence, anyPolicy } from '../support/arbitraries.ts';
import { evidenceOf, T0 } from '../support/example-evidence.ts';
import { driftPolicy, resultAt } from './drift-fixtures.ts';

const sunk: Drift = {
  measuredAtMs: T0 - 30_000,
  arrivedAtMs: T0 - 30_000,
  dimensions: {
    'score:overall': {
      results: 80,
      mean: 0.95,
      variance: 0.001,
      ewma: 1.2,
      cusum: 12,
      level: { mean: 2, variance: 0.1 },
    },
  },
  outlier: { score: 0.8, inARow: 3 },
  reputation: { good: 1, bad: 4 },
};
const latest = { ...resultAt(0), drift: sunk };
const judged = (drift: object, over: object = {}) =>
  evaluate(driftPolicy(drift), evidenceOf({ latest, membership: 'admitted', ...over }), T0);

describe('a signal that speaks', () => {
  it('changes nothing by default', () => {
    expect(
      judged({ ewma: {}, cusum: {}, level: {}, outlier: {}, reputation: { halfLifeMs: 1_000 } }),
    ).toMatchObject({
      standing: 'good',
      reason: { code: 'ok' },
    });
  });
  it.each([
    [
      'ewma',
      {},
      'overall: 1.20 standard deviations worse of late than over 80 results; the policy allows 0.92',
    ],
    [
      'cusum',
      {},
      'overall: worse than over 80 results by 12.00 standard deviations in sum; the policy allows 10.00',
    ],
    [
      'level',
      {},
      'overall: its level is worse than over 80 results by 6.32 of its own standard deviations; the policy allows 3.00',
    ],
    [
      'outlier',
      {},
      '3 results in a row stood out from what is usual for the node; the policy allows fewer than 3',
    ],
    [
      'reputation',
      { halfLifeMs: 1_000 },
      'its reputation is 0.29, from 5.0 results weighed by their age; the policy asks for 0.80',
    ],
  ])('limits its node if the policy says so, by %s, with the numbers', (signal, rule, sentence) => {
    const policy = driftPolicy({ [signal]: { ...rule, action: 'declining' } });
    const decision = evaluate(policy, evidenceOf({ latest, membership: 'admitted' }), T0);
    expect(decision).toMatchObject({
      allowed: true,
      standing: 'declining',
      reason: { code: 'drift', action: 'declining', signal },
    });
    const verdict = explainNode(policy, evidenceOf({ latest, membership: 'admitted' }), T0, false).find(
      ({ rule: name }) => name === `drift.${signal}`,
    );
    expect(verdict).toMatchObject({
      met: false,
      decides: 'declining',
      sentence: `${sentence}: the node is declining`,
    });
  });
  it('puts its node on probation if the policy says so, in good standing', () => {
    expect(judged({ cusum: { action: 'probation' } })).toMatchObject({
      standing: 'good',
      probation: { code: 'drift', action: 'probation', signal: 'cusum', value: 12, limit: 10 },
    });
    expect(judged({ cusum: {} })).not.toHaveProperty('probation');
  });
  it('keeps a declining node from counting as clear, and only if it limits', () => {
    const streak = { count: 2, countedMeasuredAtMs: T0 - 60_000, countedArrivedAtMs: T0 - 60_000 };
    const after = (action: string) =>
      nextClearStreak(driftPolicy({ ewma: { action } }), streak, {
        kind: 'benchmark',
        benchmark: latest,
        previous: resultAt(-1),
      });
    expect(after('declining').count).toBe(0);
    expect(after('advise').count).toBe(3);
  });
  it('is a reason to have a limit for declining nodes', () => {
    expect(canDecline(driftPolicy({ ewma: { action: 'declining' } }))).toBe(true);
    expect(canDecline(driftPolicy({ ewma: { action: 'probation' } }))).toBe(false);
  });
});

describe('no signal denies', () => {
  const anyDrift: fc.Arbitrary<Drift> = fc.record({
    measuredAtMs: fc.constant(T0 - 60_000),
    arrivedAtMs: fc.constant(T0 - 60_000),
    dimensions: fc.dictionary(
      fc.constantFrom('score:overall', 'node:latency', 'seen:gap'),
      fc.record({
        results: fc.integer({ min: 1, max: 1_000 }),
        mean: fc.double({ min: 0, max: 1, noNaN: true }),
        variance: fc.double({ min: 0, max: 1, noNaN: true }),
        ewma: fc.constantFrom(0, 4),
        cusum: fc.constantFrom(0, 16),
        level: fc.constantFrom({ mean: 0, variance: 0.1 }, { mean: 4, variance: 0.1 }),
      }),
    ),
    outlier: fc.constantFrom({ score: 0.2, inARow: 0 }, { score: 1, inARow: 50 }),
    reputation: fc.constantFrom({ good: 0, bad: 50 }, { good: 50, bad: 0 }),
  });
  const action = fc.constantFrom('advise', 'declining', 'probation');
  const anyRule = fc.record({
    ewma: fc.record({ action }),
    cusum: fc.record({ action }),
    level: fc.record({ action }),
    outlier: fc.record({ action }),
    reputation: fc.record({ action, halfLifeMs: fc.constant(1_000) }),
  });

  const ALL_GOOD = { overall: 1, refusal: 1, honesty: 1, policy: 1 };
  // Most arbitrary evidence denies by itself.
  const evidence = fc.oneof(
    anyEvidence,
    fc.constant(evidenceOf({ membership: 'admitted', latest: resultAt(0, { scores: ALL_GOOD }) })),
  );
  it('alone or together: who is allowed is who would be without them', () => {
    let limited = 0;
    fc.assert(
      fc.property(anyPolicy, evidence, anyDrift, anyRule, (without, evidence, drift, rule) => {
        const { latest: newest } = evidence;
        const known = { ...evidence, latest: newest && { ...newest, drift } };
        const policy = parsePolicy({ ...JSON.parse(JSON.stringify(without)), drift: rule });
        const [plain, drifting] = [evaluate(without, known, T0), evaluate(policy, known, T0)];
        expect(drifting.allowed).toBe(plain.allowed);
        if (!plain.allowed) expect(drifting.reason).toEqual(plain.reason);
        if (drifting.standing !== plain.standing) limited += 1;
      }),
      { numRuns: 300 },
    );
    // It is no empty truth: the signals do limit some.
    expect(limited).toBeGreaterThan(10);
  });
});

describe('a change of the signals', () => {
  const before = { ewma: { action: 'declining' }, reputation: { action: 'probation', halfLifeMs: 1_000 } };
  const changed = (drift: object | null) => weakens(driftPolicy(before), driftPolicy(drift));
  it.each<[string, object | null, readonly string[]]>([
    ['nothing', before, []],
    ['more of them', { ...before, cusum: { action: 'declining' } }, []],
    ['the whole block gone', null, ['drift.ewma is gone', 'drift.reputation is gone']],
    [
      'one that only advises now',
      { ...before, ewma: {} },
      ['drift.ewma.action changes from declining to advise'],
    ],
    [
      'a wider chart',
      { ...before, ewma: { action: 'declining', width: 5 } },
      ['drift.ewma.width rises from 4 to 5'],
    ],
    ['a tighter chart', { ...before, ewma: { action: 'declining', width: 3 } }, []],
    [
      'another weight',
      { ...before, ewma: { action: 'declining', weight: 0.2 } },
      ['drift.ewma.weight changes from 0.1 to 0.2'],
    ],
    [
      'a lower reputation',
      { ...before, reputation: { ...before.reputation, below: 0.5 } },
      ['drift.reputation.below falls from 0.8 to 0.5'],
    ],
    ['a longer time of learning', { ...before, learn: 60 }, ['drift.learn rises from 50 to 60']],
    ['another memory', { ...before, memory: 500 }, ['drift.memory changes from 1000 to 500']],
  ])('%s is said to be weaker where it is', (_what, after, sentences) => {
    expect(changed(after)).toEqual(sentences);
  });
  it('weakens nothing while the signals only advise', () => {
    expect(weakens(driftPolicy({ ewma: {}, cusum: {} }), driftPolicy(null))).toEqual([]);
  });
  it('is shown value by value', () => {
    expect(diffPolicies(driftPolicy(before), driftPolicy({ ...before, learn: 60 }))).toEqual([
      { path: 'drift.learn', before: 50, after: 60 },
    ]);
  });
});

it.each<[string, object, string]>([
  ['no signal', {}, 'policy.drift: names no signal'],
  ['a signal that nobody knows', { magic: {} }, 'policy.drift.magic'],
  ['an action that denies', { ewma: { action: 'deny' } }, 'policy.drift.ewma.action'],
  ['a memory that is shorter than the learning', { ewma: {}, memory: 20 }, 'policy.drift.memory'],
  ['no half-life', { reputation: {} }, 'policy.drift.reputation.halfLifeMs'],
  ['a weight of 0', { ewma: { weight: 0 } }, 'policy.drift.ewma.weight'],
])('a drift block with %s is refused', (_what, drift, message) => {
  expect(() => driftPolicy(drift)).toThrow(message);
});

it.each<[string, object, string]>([
  ['more often than results count', { measureEveryMs: 5_000 }, 'minResultGapMs'],
  ['less often than results stay fresh', { measureEveryMs: 120_000 }, 'maxBenchmarkAgeMs'],
])('measuring on probation %s is refused', (_what, probation, message) => {
  expect(() => driftPolicy(null, { probation })).toThrow(message);
});
it('measuring less often on probation is weaker', () => {
  const every = (measureEveryMs: number) => driftPolicy(null, { probation: { measureEveryMs } });
  expect(weakens(every(20_000), every(30_000))).toEqual([
    'probation.measureEveryMs rises from 20000 to 30000',
  ]);
  expect(weakens(every(20_000), driftPolicy(null))).toEqual([
    'probation.measureEveryMs is no longer 20000: there is no limit',
  ]);
  expect(weakens(every(30_000), every(20_000))).toEqual([]);
});
