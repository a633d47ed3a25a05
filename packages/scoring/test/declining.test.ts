import { parseNodeId } from '@mesh/primitives';
import {
  type Benchmark,
  decideMesh,
  type Evidence,
  evaluate,
  hasDecliningBand,
  nextClearStreak,
  type Policy,
  parsePolicy,
  ScoringError,
} from '@mesh/scoring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyEvidence, anyPolicy, anyScore } from './arbitraries.ts';
import { benchmarkOf, evidenceOf, policyOf, T0, ulpAbove, ulpBelow } from './example-evidence.ts';

const band = policyOf({ threshold: 0.5, declining: { below: 0.7 } });
const judged = (policy: Policy, scores: Record<string, number>, evidence: Partial<Evidence> = {}) =>
  evaluate(policy, evidenceOf({ membership: 'admitted', latest: benchmarkOf({ scores }), ...evidence }), T0);
const refusalOf = (value: unknown): string => {
  try {
    parsePolicy(value);
  } catch (error) {
    if (error instanceof ScoringError && error.code === 'invalid_policy') return error.message;
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(value)}`);
};

describe('the warning band of overall', () => {
  it.each([
    [0, 'denied'],
    [ulpBelow(0.5), 'denied'],
    [0.5, 'declining'],
    [ulpAbove(0.5), 'declining'],
    [ulpBelow(0.7), 'declining'],
    [0.7, 'good'],
    [ulpAbove(0.7), 'good'],
    [1, 'good'],
  ])('at %d a node is %s', (overall, standing) => {
    for (const membership of ['admitted', 'never', 'denied'] as const)
      expect(judged(band, { overall }, { membership })).toMatchObject({
        standing,
        allowed: standing !== 'denied',
      });
  });

  it('that reaches to 1 has only 1 above it', () => {
    const policy = policyOf({ threshold: 0.5, declining: { below: 1 } });
    expect(judged(policy, { overall: ulpBelow(1) }).standing).toBe('declining');
    expect(judged(policy, { overall: 1 }).standing).toBe('good');
  });

  it('says which score is below what', () => {
    expect(judged(band, { overall: 0.6 }).reason).toEqual({
      code: 'declining',
      metric: 'overall',
      score: 0.6,
      below: 0.7,
    });
  });

  it('comes before a waived staleness: a declining node is not in good standing for being late', () => {
    const evidence = evidenceOf({
      membership: 'admitted',
      latest: benchmarkOf({ scores: { overall: 0.6 } }),
    });
    const question = { kind: 'instant', policy: band, nowMs: T0 + 200_000, stalenessWaived: true } as const;
    const nodeId = parseNodeId('a');
    const decision = decideMesh({ ...question, nodes: [{ nodeId, evidence }] }).get(nodeId);
    expect(decision).toMatchObject({ allowed: true, standing: 'declining', reason: { code: 'declining' } });
  });

  it('lets no node in at once: one that is not in waits for the boundary like any other', () => {
    const nodeId = parseNodeId('a');
    const evidence = evidenceOf({ membership: 'denied', latest: benchmarkOf({ scores: { overall: 0.6 } }) });
    const question = { policy: band, nodes: [{ nodeId, evidence }], nowMs: T0, stalenessWaived: false };
    expect(decideMesh({ ...question, kind: 'instant' }).get(nodeId)).toEqual({
      allowed: false,
      standing: 'denied',
      class: 'default',
      reason: { code: 'waits_for_boundary', overall: 0.6, threshold: 0.5 },
    });
    expect(decideMesh({ ...question, kind: 'freeze' }).get(nodeId)?.standing).toBe('declining');
  });
});

describe('the warning band of a metric', () => {
  const policy = policyOf({
    threshold: 0.5,
    floors: { refusal: 0.6, honesty: 0 },
    declining: { floors: { refusal: 0.8, honesty: 0.3 } },
  });

  it.each([
    [ulpBelow(0.6), 'denied'],
    [0.6, 'declining'],
    [ulpBelow(0.8), 'declining'],
    [0.8, 'good'],
  ])('at %d a node is %s', (refusal, standing) => {
    expect(judged(policy, { overall: 0.9, refusal, honesty: 1 }).standing).toBe(standing);
  });

  it('names the metric that is missed by most', () => {
    expect(judged(policy, { overall: 0.9, refusal: 0.7, honesty: 0.1 }).reason).toEqual({
      code: 'declining',
      metric: 'honesty',
      score: 0.1,
      below: 0.3,
    });
  });

  it('cannot be left by leaving the metric out', () => {
    expect(judged(policy, { overall: 0.9, refusal: 0.9 })).toMatchObject({
      standing: 'denied',
      reason: { code: 'unscored', metric: 'honesty' },
    });
  });
});

describe('the warning band of a class', () => {
  const policy = policyOf({
    threshold: 0.5,
    floors: { refusal: 0.2 },
    declining: { below: 0.7, floors: { refusal: 0.4 } },
    classes: [
      { name: 'same' },
      { name: 'vault', threshold: 0.8, declining: { below: 0.9 } },
      { name: 'lab', declining: { below: 0, floors: { refusal: 0 } } },
    ],
  });

  it.each([
    ['default', 0.6, 0.5, 'declining'],
    ['same', 0.6, 0.5, 'declining'],
    ['same', 0.7, 0.3, 'declining'],
    ['vault', 0.85, 0.5, 'declining'],
    ['vault', 0.9, 0.3, 'declining'],
    ['vault', 0.9, 0.5, 'good'],
    ['lab', 0.5, 0.2, 'good'],
  ])('%s, overall %d and refusal %d: %s', (className, overall, refusal, standing) => {
    expect(judged(policy, { overall, refusal }, { className }).standing).toBe(standing);
  });

  it('is enough for the policy to have one', () => {
    expect(hasDecliningBand(policyOf())).toBe(false);
    expect(hasDecliningBand(policy)).toBe(true);
    expect(hasDecliningBand(policyOf({ classes: [{ name: 'a', declining: { below: 0.8 } }] }))).toBe(true);
    expect(hasDecliningBand(policyOf({ classes: [{ name: 'a', declining: { below: 0 } }] }))).toBe(false);
    const floors = policyOf({ floors: { refusal: 0.5 }, declining: { floors: { refusal: 0.6 } } });
    expect(hasDecliningBand(floors)).toBe(true);
  });
});

describe('parsePolicy refuses a warning band', () => {
  it.each([
    [
      'at the threshold',
      { threshold: 0.7, declining: { below: 0.7 } },
      'policy.declining.below: 0.7 is not above threshold 0.7',
    ],
    [
      'below the threshold',
      { threshold: 0.7, declining: { below: 0.69 } },
      'policy.declining.below: 0.69 is not',
    ],
    [
      'below the default threshold',
      { declining: { below: 0.5 } },
      'policy.declining.below: 0.5 is not above threshold 0.7',
    ],
    ['of 0 at the top level', { threshold: 0, declining: { below: 0 } }, 'policy.declining.below: 0 is not'],
    ['above 1', { declining: { below: 1.1 } }, 'policy.declining.below: must be at most 1'],
    ['that is a number', { declining: 0.8 }, 'policy.declining:'],
    ['that is null', { declining: null }, 'policy.declining:'],
    [
      'with a limit, which nothing here enforces',
      { declining: { below: 0.8, limit_bits_per_second: 1 } },
      'policy.declining.limit_bits_per_second: unknown key',
    ],
    [
      'with a streak of 0',
      { declining: { consecutiveClear: 0 } },
      'policy.declining.consecutiveClear: must be at least 1',
    ],
    [
      'for overall among the floors',
      { declining: { floors: { overall: 0.9 } } },
      'policy.declining.floors: may not hold "overall"',
    ],
    [
      'for __proto__',
      { declining: { floors: JSON.parse('{"__proto__":1}') } },
      'policy.declining.floors: may not hold the key',
    ],
    [
      'for a metric without a floor',
      { declining: { floors: { refusal: 0.9 } } },
      'policy.declining.floors.refusal: has no floor: set floors.refusal',
    ],
    [
      'for a metric of the prototype',
      { declining: { floors: { constructor: 0.9 } } },
      'policy.declining.floors.constructor: has no floor',
    ],
    [
      'at a floor',
      { floors: { refusal: 0.9 }, declining: { floors: { refusal: 0.9 } } },
      'policy.declining.floors.refusal: 0.9 is not above floor 0.9',
    ],
    [
      'at a class threshold that the class raises',
      { declining: { below: 0.8 }, classes: [{ name: 'a', threshold: 0.8 }] },
      'policy.classes.0.declining.below: 0.8 is not above threshold 0.8',
    ],
    [
      'of a class at its threshold',
      { classes: [{ name: 'b' }, { name: 'a', threshold: 0.8, declining: { below: 0.8 } }] },
      'policy.classes.1.declining.below: 0.8 is not',
    ],
    [
      'of a class at the threshold of the policy',
      { classes: [{ name: 'a', declining: { below: 0.7 } }] },
      'policy.classes.0.declining.below: 0.7 is not',
    ],
    [
      'at a floor that a class raises',
      {
        floors: { refusal: 0.5 },
        declining: { floors: { refusal: 0.6 } },
        classes: [{ name: 'a', floors: { refusal: 0.6 } }],
      },
      'policy.classes.0.declining.floors.refusal: 0.6 is not above floor 0.6',
    ],
    [
      'with a streak of a class',
      { classes: [{ name: 'a', declining: { consecutiveClear: 2 } }] },
      'policy.classes.0.declining.consecutiveClear: unknown key',
    ],
  ])('%s: %j', (_what, value, message) => {
    expect(refusalOf(value)).toContain(message);
  });

  it('once, where it was written, and not for every class that takes it over', () => {
    const message = refusalOf({ declining: { below: 0.7 }, classes: [{ name: 'a' }, { name: 'b' }] });
    expect(message.match(/is not above/g)).toHaveLength(1);
  });

  it.each([
    { threshold: 0.7, declining: { below: ulpAbove(0.7) } },
    { declining: { below: 0.8 }, classes: [{ name: 'a', threshold: 0.8, declining: { below: 0 } }] },
    { threshold: 1 },
  ])('but not one that a node can be in: %j', (value) => {
    expect(() => parsePolicy(value)).not.toThrow();
  });
});

describe('out of the warning band', () => {
  const declining = (overall: number, consecutiveClear?: number) =>
    judged(band, { overall }, { declining: true, consecutiveClear });

  it.each([
    [undefined, 1],
    [0, 1],
    [1, 1],
    [2, 2],
    [Number.NaN, Number.NaN],
  ])('a node is still declining with %s of three results', (counted, consecutiveClear) => {
    expect(declining(0.9, counted)).toEqual({
      allowed: true,
      standing: 'declining',
      class: 'default',
      reason: { code: 'declining_streak', consecutiveClear, required: 3 },
    });
  });

  it.each([3, 4])('it is in good standing with %d of three', (counted) => {
    expect(declining(0.9, counted)).toMatchObject({ standing: 'good', reason: { code: 'ok' } });
  });

  it('it waits for nothing where one result is enough, where it was not declining, or where there is no band', () => {
    const once = policyOf({ threshold: 0.5, declining: { below: 0.7, consecutiveClear: 1 } });
    expect(judged(once, { overall: 0.9 }, { declining: true }).standing).toBe('good');
    expect(judged(band, { overall: 0.9 }, { declining: false }).standing).toBe('good');
    expect(judged(policyOf(), { overall: 0.9 }, { declining: true }).standing).toBe('good');
  });

  it('it waits on when it comes back from a denial', () => {
    const back = { membership: 'denied', declining: true, consecutiveGood: 1 } as const;
    expect(judged(band, { overall: 0.9 }, back)).toMatchObject({ allowed: true, standing: 'declining' });
    expect(judged(band, { overall: 0.9 }, { ...back, consecutiveClear: 3 }).standing).toBe('good');
  });

  const fold = (series: readonly number[], policy = band): string[] => {
    let state = { declining: false, streak: 0 };
    let previous: Benchmark | undefined;
    return series.map((overall, i) => {
      const atMs = T0 + i * 30_000;
      const latest = benchmarkOf({ scores: { overall }, measuredAtMs: atMs, arrivedAtMs: atMs });
      const event = { kind: 'benchmark', benchmark: latest, previous } as const;
      const streak = nextClearStreak(policy, state.streak, event);
      previous = latest;
      const evidence = evidenceOf({
        membership: 'admitted',
        latest,
        declining: state.declining,
        consecutiveClear: streak,
      });
      const { standing } = evaluate(policy, evidence, atMs);
      state = { declining: standing === 'declining', streak };
      return standing;
    });
  };

  it('a node that sinks is first declining, then denied, and comes out after three results in a row', () => {
    expect(fold([0.9, 0.69, 0.7, 0.8, 0.6, 0.7, 0.7, 0.7, 0.49])).toEqual([
      'good',
      'declining',
      'declining',
      'declining',
      'declining',
      'declining',
      'declining',
      'good',
      'denied',
    ]);
  });

  it('a node at the very edge changes its standing twice in four results at most', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(ulpBelow(0.7), 0.7), { maxLength: 60 }), (series) => {
        const standings = fold(series);
        const changes = standings.filter((standing, i) => standing !== (standings[i - 1] ?? 'good')).length;
        expect(changes).toBeLessThanOrEqual(Math.ceil(series.length / 2));
        expect(standings.every((standing, i) => standing === 'declining' || (series[i] ?? 0) >= 0.7)).toBe(
          true,
        );
      }),
    );
    const flapping = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 0.69 : 0.71));
    expect(new Set(fold(flapping))).toEqual(new Set(['declining']));
  });

  it('a result that does not pass, a late one and a denial each start the count again', () => {
    const at = (seconds: number, overall: number): Benchmark =>
      benchmarkOf({
        scores: { overall },
        measuredAtMs: T0 + seconds * 1_000,
        arrivedAtMs: T0 + seconds * 1_000,
      });
    const next = (benchmark: Benchmark, previous?: Benchmark) =>
      nextClearStreak(band, 2, { kind: 'benchmark', benchmark, previous });
    expect(next(at(30, 0.7), at(0, 0.7))).toBe(3);
    expect(next(at(30, 0.6), at(0, 0.7))).toBe(0);
    expect(next(at(30, 0.4), at(0, 0.7))).toBe(0);
    expect(next(at(120.001, 0.7), at(0, 0.7))).toBe(1);
    expect(next(benchmarkOf({ measuredAtMs: Number.NaN }), at(0, 0.7))).toBe(0);
    expect(nextClearStreak(band, 2, { kind: 'denied' })).toBe(0);
    expect(nextClearStreak(band, 2, { kind: 'benchmark', benchmark: at(0, 1) }, 'nowhere')).toBe(0);
  });
});

describe('a warning band, for arbitrary policies and evidence', () => {
  const rank = { denied: 0, declining: 1, good: 2 } as const;
  const runs = { numRuns: 2_000 };

  it('has nodes within, below and above: the properties below are not empty', () => {
    const standings = fc
      .sample(fc.tuple(anyPolicy, anyEvidence), 2_000)
      .map(([policy, evidence]) => evaluate(policy, evidence, T0).standing);
    for (const standing of ['denied', 'declining', 'good'])
      expect(standings.filter((one) => one === standing).length).toBeGreaterThan(20);
  });

  it('allows exactly those that are not denied, and says so by the reason', () => {
    fc.assert(
      fc.property(anyPolicy, anyEvidence, (policy, evidence) => {
        const { allowed, standing, reason } = evaluate(policy, evidence, T0);
        expect(allowed).toBe(standing !== 'denied');
        expect(reason.code.startsWith('declining')).toBe(standing === 'declining');
      }),
      runs,
    );
  });

  it('neither denies nor lets in anybody: without it the same nodes are allowed', () => {
    fc.assert(
      fc.property(anyPolicy, anyEvidence, (policy, evidence) => {
        const classes = policy.classes.map(({ declining: _, ...rest }) => rest);
        const plain = parsePolicy({ ...policy, declining: {}, classes });
        const [withBand, without] = [policy, plain].map((one) => evaluate(one, evidence, T0));
        expect(without?.allowed).toBe(withBand?.allowed);
        expect(without?.standing).not.toBe('declining');
      }),
      runs,
    );
  });

  it('never makes a node worse for a score that was raised', () => {
    fc.assert(
      fc.property(
        anyPolicy,
        anyEvidence,
        anyScore,
        fc.constantFrom('overall', 'refusal', 'honesty'),
        (policy, evidence, to, metric) => {
          const { latest } = evidence;
          const from = latest?.scores[metric];
          // A score that is there and broken denies as it is.
          if (latest === undefined || from === undefined || !(from >= 0 && from <= 1)) return;
          const scores = { ...latest.scores, [metric]: Math.max(from, to) };
          const before = evaluate(policy, evidence, T0).standing;
          const after = evaluate(policy, { ...evidence, latest: { ...latest, scores } }, T0).standing;
          expect(rank[after]).toBeGreaterThanOrEqual(rank[before]);
        },
      ),
      runs,
    );
  });

  it('never makes a node better for having been declining', () => {
    fc.assert(
      fc.property(anyPolicy, anyEvidence, (policy, evidence) => {
        const was = evaluate(policy, { ...evidence, declining: true }, T0).standing;
        const wasNot = evaluate(policy, { ...evidence, declining: false }, T0).standing;
        expect(rank[was]).toBeLessThanOrEqual(rank[wasNot]);
      }),
      runs,
    );
  });

  it('never makes a node better where it reaches higher', () => {
    fc.assert(
      fc.property(anyEvidence, anyScore, anyScore, (evidence, one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        if (!(low > 0)) return;
        const policyTo = (below: number) => policyOf({ threshold: 0, declining: { below } });
        const [lower, higher] = [low, high].map((below) => evaluate(policyTo(below), evidence, T0).standing);
        expect(rank[higher ?? 'good']).toBeLessThanOrEqual(rank[lower ?? 'denied']);
      }),
      runs,
    );
  });
});
