// What counts as a weakening of a policy, and that nothing else admits anybody who was denied before.

import { ed25519PublicKey, encodeBase64 } from '@mesh/primitives';
import { evaluate, NO_STREAK, nextStreak, type Policy, parsePolicy, weakens } from '@mesh/scoring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyBenchmark, anyEvidence, anyPolicy } from './support/arbitraries.ts';
import { T0 } from './support/example-evidence.ts';

const keyOf = (seed: number) => encodeBase64(ed25519PublicKey(new Uint8Array(32).fill(seed)));

const base = {
  threshold: 0.7,
  floors: { refusal: 0.8 },
  maxBenchmarkAgeMs: 120_000,
  unreachableAfterMs: 60_000,
  futureToleranceMs: 30_000,
  minSamples: { overall: 20 },
  measuredBy: ['third_party', 'enclave'],
  attestors: { 'lab-1': keyOf(1), 'lab-2': keyOf(2) },
  requireChallenge: true,
  minResultGapMs: 15_000,
  readmission: { threshold: 0.8, consecutiveGood: 3 },
  declining: { below: 0.75, floors: { refusal: 0.9 }, consecutiveClear: 3 },
  classes: [{ name: 'edge', threshold: 0.6 }],
};
const policy = (over: object = {}): Policy => parsePolicy({ ...base, ...over });
const { unreachableAfterMs: _, measuredBy: __, minSamples: ___, ...unlimited } = base;

describe('weakens', () => {
  it.each<[string, object, string[]]>([
    ['a lower threshold', { threshold: 0.69 }, ['threshold falls from 0.7 to 0.69']],
    [
      'a lower floor, which a class inherits',
      { floors: { refusal: 0.79 } },
      ['floors.refusal falls from 0.8 to 0.79', 'class edge: floors.refusal falls from 0.8 to 0.79'],
    ],
    [
      'a floor that is gone',
      { floors: {}, declining: { below: 0.75, consecutiveClear: 3 } },
      [
        'floors.refusal is no longer 0.8: it is gone',
        'declining.floors.refusal is no longer 0.9: it is gone',
        'class edge: floors.refusal is no longer 0.8: it is gone',
        'class edge: declining.floors.refusal is no longer 0.9: it is gone',
      ],
    ],
    ['a longer age', { maxBenchmarkAgeMs: 120_001 }, ['maxBenchmarkAgeMs rises from 120000 to 120001']],
    [
      'a longer time unreachable',
      { unreachableAfterMs: 60_001 },
      ['unreachableAfterMs rises from 60000 to 60001'],
    ],
    ['more tolerance', { futureToleranceMs: 30_001 }, ['futureToleranceMs rises from 30000 to 30001']],
    ['fewer samples', { minSamples: { overall: 19 } }, ['minSamples.overall falls from 20 to 19']],
    [
      'samples of another metric',
      { minSamples: { refusal: 99 } },
      ['minSamples.overall is no longer 20: it is gone'],
    ],
    ['more measurers', { measuredBy: ['enclave', 'self'] }, ['measuredBy accepts self too']],
    [
      'another attestor',
      { attestors: { 'lab-1': keyOf(1), 'lab-2': keyOf(2), 'lab-3': keyOf(3) } },
      ['attestors accepts other keys: lab-3'],
    ],
    [
      'another key of an attestor',
      { attestors: { 'lab-1': keyOf(3), 'lab-2': keyOf(2) } },
      ['attestors accepts other keys: lab-1'],
    ],
    ['no attestors', { attestors: undefined }, ["attestors is gone: third_party is the node's own word"]],
    ['fewer attestors', { attestors: { 'lab-1': keyOf(1) } }, []],
    ['no challenge', { requireChallenge: false }, ['requireChallenge is no longer set']],
    ['a shorter gap', { minResultGapMs: 14_999 }, ['minResultGapMs falls from 15000 to 14999']],
    [
      'an easier way back',
      { readmission: { threshold: 0.7, consecutiveGood: 2 } },
      [
        'readmission.consecutiveGood falls from 3 to 2',
        'the score that readmits falls from 0.8 to 0.7',
        'class edge: the score that readmits falls from 0.8 to 0.7',
      ],
    ],
    [
      'a smaller band',
      { declining: { below: 0.71, floors: { refusal: 0.85 }, consecutiveClear: 2 } },
      [
        'declining.consecutiveClear falls from 3 to 2',
        'declining.below falls from 0.75 to 0.71',
        'declining.floors.refusal falls from 0.9 to 0.85',
        'class edge: declining.below falls from 0.75 to 0.71',
        'class edge: declining.floors.refusal falls from 0.9 to 0.85',
      ],
    ],
    [
      'a class with less',
      { classes: [{ name: 'edge', threshold: 0.5 }] },
      ['class edge: threshold falls from 0.6 to 0.5'],
    ],
    [
      'intervals in place of points',
      { decision: 'interval' },
      ['decision is interval now: doubt about a score keeps its node in, limited'],
    ],
    [
      'a new class, even one that asks for more',
      { classes: [...base.classes, { name: 'gold', threshold: 1, declining: { below: 0 } }] },
      ['class gold: it is new, and its nodes were denied until now'],
    ],
  ])('names %s', (_what, over, expected) => {
    expect(weakens(policy(), policy(over))).toEqual(expected);
  });

  it('names limits that are gone', () => {
    expect(weakens(policy(), parsePolicy(unlimited))).toEqual([
      'unreachableAfterMs is no longer 60000: there is no limit',
      'minSamples.overall is no longer 20: it is gone',
      'measuredBy is no longer limited to third_party, enclave',
    ]);
  });

  it.each<[string, object, string[]]>([
    ['a later alarm', { promptsPerFalseCut: 1_001 }, ['alarm.promptsPerFalseCut rises from 1000 to 1001']],
    ['prompts that tell less', { designEffect: 2 }, ['alarm.designEffect changes from 1 to 2']],
    ['an earlier alarm', { promptsPerFalseCut: 999 }, []],
  ])('of alarms, names %s', (_what, over, expected) => {
    const alarm = { promptsPerFalseCut: 1_000 };
    expect(weakens(policy({ alarm }), policy({ alarm: { ...alarm, ...over } }))).toEqual(expected);
  });

  it('names an alarm that is gone', () => {
    const before = policy({ alarm: { promptsPerFalseCut: 1_000 } });
    expect(weakens(before, policy())).toEqual(['alarm is gone: no evidence over several results cuts']);
  });

  describe('of intervals', () => {
    const interval = policy({ decision: { kind: 'interval', metrics: { refusal: { confidence: 0.99 } } } });

    it('names points in their place: a score that is high by luck is good standing then', () => {
      expect(weakens(interval, policy())).toEqual([
        'decision is no longer interval: scores are compared as points',
      ]);
    });

    it.each<[string, object, string[]]>([
      [
        'a higher confidence, which denies less',
        { confidence: 0.99 },
        ['decision.confidence changes from 0.95 to 0.99'],
      ],
      [
        'a lower one, which proves sooner',
        { confidence: 0.9 },
        ['decision.confidence changes from 0.95 to 0.9'],
      ],
      [
        'another method, for each metric that has no own',
        { method: 'clopper-pearson' },
        [
          'decision.method changes from wilson to clopper-pearson',
          'decision.metrics.refusal.method changes from wilson to clopper-pearson',
        ],
      ],
      [
        'settings of one metric',
        { metrics: { refusal: { confidence: 0.99, designEffect: 2 }, overall: { fromSamples: 5 } } },
        [
          'decision.metrics.overall.fromSamples changes from 20 to 5',
          'decision.metrics.refusal.designEffect changes from 1 to 2',
        ],
      ],
      [
        'settings of a metric that are gone',
        { metrics: {} },
        ['decision.metrics.refusal.confidence changes from 0.99 to 0.95'],
      ],
    ])('names %s', (_what, over, expected) => {
      const after = policy({
        decision: { kind: 'interval', metrics: { refusal: { confidence: 0.99 } }, ...over },
      });
      expect(weakens(interval, after)).toEqual(expected);
    });

    it('finds none where the same is written out', () => {
      const metrics = { refusal: { confidence: 0.99, method: 'wilson' }, overall: { confidence: 0.95 } };
      expect(weakens(interval, policy({ decision: { kind: 'interval', metrics } }))).toEqual([]);
    });
  });

  it.each<[string, object]>([
    ['nothing', {}],
    ['points by name', { decision: 'point' }],
    ['an alarm', { alarm: { promptsPerFalseCut: 1_000 } }],
    ['a higher threshold', { threshold: 0.72 }],
    ['a higher floor', { floors: { refusal: 0.85 } }],
    ['a new floor', { floors: { refusal: 0.8, honesty: 0.1 } }],
    ['a shorter age', { maxBenchmarkAgeMs: 60_000 }],
    ['a shorter time unreachable', { unreachableAfterMs: 30_000 }],
    ['more samples', { minSamples: { overall: 21, refusal: 1 } }],
    ['fewer measurers', { measuredBy: ['enclave'] }],
    ['a class that is gone', { classes: [] }],
    ['a harder way back', { readmission: { threshold: 0.9, consecutiveGood: 4 } }],
    ['a wider band', { declining: { below: 0.9, floors: { refusal: 0.95 }, consecutiveClear: 4 } }],
  ])('finds none in %s', (_what, over) => {
    expect(weakens(policy(), policy(over))).toEqual([]);
  });
});

describe('a change that does not weaken', () => {
  /** Also pairs of which one is made from the other, so that many pairs do not weaken. */
  const anyChange = fc.oneof(
    fc.tuple(anyPolicy, anyPolicy),
    fc.tuple(anyPolicy, fc.double({ min: 0, max: 0.3, noNaN: true })).map(([before, more]) => {
      // No number of prompts proves a limit of 1.
      const isProven = before.decision === undefined && before.alarm === undefined;
      const top = isProven ? 1 : Math.max(0.999, ...Object.values(before.floors));
      const up = (limit: number) => Math.min(top, limit + more);
      const after = {
        ...before,
        floors: Object.fromEntries(Object.entries(before.floors).map(([metric, at]) => [metric, up(at)])),
        readmission: { ...before.readmission, consecutiveGood: before.readmission.consecutiveGood + 1 },
        declining: { ...before.declining, floors: {} },
        maxBenchmarkAgeMs: before.maxBenchmarkAgeMs + (more > 0.2 ? 1 : 0),
      };
      return [before, parsePolicy(after)] as [Policy, Policy];
    }),
  );
  const rank = { denied: 0, declining: 1, good: 2 };

  it('betters nobody’s standing', () => {
    const seen = { weaker: 0, notWeaker: 0 };
    fc.assert(
      fc.property(anyChange, anyEvidence, ([before, after], evidence) => {
        const isWeaker = weakens(before, after).length > 0;
        seen[isWeaker ? 'weaker' : 'notWeaker'] += 1;
        if (isWeaker) return;
        const standing = (which: Policy) => rank[evaluate(which, evidence, T0).standing];
        expect(standing(after)).toBeLessThanOrEqual(standing(before));
      }),
      { numRuns: 5_000 },
    );
    expect(Math.min(seen.weaker, seen.notWeaker)).toBeGreaterThan(100);
  });

  it('counts no result that did not count before', () => {
    fc.assert(
      fc.property(anyChange, anyBenchmark, ([before, after], benchmark) => {
        if (weakens(before, after).length > 0) return;
        const count = (which: Policy) => nextStreak(which, NO_STREAK, { kind: 'benchmark', benchmark }).count;
        expect(count(after)).toBeLessThanOrEqual(count(before));
      }),
      { numRuns: 2_000 },
    );
  });

  it('stays one with another such change after it', () => {
    // Few values, so that many pairs of these do not weaken.
    const fewPolicies = fc
      .record({
        threshold: fc.constantFrom(0.5, 0.6),
        floors: fc.constantFrom({}, { refusal: 0 }, { refusal: 0.5 }),
        measuredBy: fc.constantFrom(undefined, ['self', 'enclave'], ['enclave']),
        classes: fc.constantFrom([], [{ name: 'edge' }], [{ name: 'edge', threshold: 0.9 }]),
        decision: fc.oneof(
          { weight: 8, arbitrary: fc.constant('point') },
          {
            weight: 2,
            arbitrary: fc.constantFrom('interval', {
              kind: 'interval',
              metrics: { overall: { confidence: 0.9 } },
            }),
          },
        ),
      })
      .map(({ measuredBy, ...rest }) => parsePolicy({ ...rest, ...(measuredBy && { measuredBy }) }));
    let chains = 0;
    fc.assert(
      fc.property(fewPolicies, fewPolicies, fewPolicies, (first, second, third) => {
        if (weakens(first, second).length > 0 || weakens(second, third).length > 0) return;
        chains += 1;
        expect(weakens(first, third)).toEqual([]);
      }),
      { numRuns: 10_000 },
    );
    expect(chains).toBeGreaterThan(50);
  });
});
