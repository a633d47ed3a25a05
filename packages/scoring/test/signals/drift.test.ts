// The drift signals: they stay silent while a node is as it was, and speak when it gets worse.

import { type Drift, driftSignalsOf, nextDrift } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { T0 } from '../support/example-evidence.ts';
import { ALL_SIGNALS, driftPolicy, foldDrift, resultAt, resultsOf, times } from './drift-fixtures.ts';

const policy = driftPolicy();
const usual = { good: 0.95 } as const;
const speaking = (drift: Drift | undefined) =>
  driftSignalsOf(policy, drift)
    .filter(({ speaks }) => speaks)
    .map(({ signal }) => signal);

/** After how many results of the second kind each signal first speaks. */
function delays(seed: number, worse: Parameters<typeof times>[1], most = 100): Record<string, number> {
  const results = resultsOf(seed, [...times(100, usual), ...times(most, worse)]);
  const found: Record<string, number> = {};
  let drift: Drift | undefined;
  for (const [at, result] of results.entries()) {
    drift = nextDrift(policy, drift, result);
    for (const signal of speaking(drift)) found[signal] ??= at - 99;
  }
  return found;
}

describe('a node that stays as it is', () => {
  it.each([1, 2, 3])('sets off no signal in 500 results (seed %i)', (seed) => {
    let drift: Drift | undefined;
    for (const result of resultsOf(seed, times(500, usual))) {
      drift = nextDrift(policy, drift, result);
      expect(speaking(drift)).toEqual([]);
    }
  });

  it('sets off none while it is being learnt, however bad it is', () => {
    const drift = foldDrift(
      driftPolicy({ ewma: {}, cusum: {}, level: {}, outlier: {} }),
      resultsOf(4, times(50, { good: 0.1 })),
    );
    expect(
      driftSignalsOf(driftPolicy({ ewma: {}, cusum: {}, level: {}, outlier: {} }), drift).map(
        ({ speaks }) => speaks,
      ),
    ).toEqual([false, false, false, false]);
  });

  it('sets off none by getting better', () => {
    const results = resultsOf(5, [...times(100, { good: 0.7 }), ...times(100, { good: 1, latencyMs: 50 })]);
    expect(speaking(foldDrift(policy, results))).toEqual([]);
  });

  it('sets off none by a single bad result', () => {
    const results = resultsOf(6, [...times(100, usual), { good: 0.5 }, ...times(3, usual)]);
    let drift: Drift | undefined;
    for (const result of results) {
      drift = nextDrift(policy, drift, result);
      expect(speaking(drift)).toEqual([]);
    }
  });
});

describe('a node that gets worse', () => {
  it.each([11, 12, 13])('in its answers sets off the charts within 15 results (seed %i)', (seed) => {
    const { ewma, cusum, level } = delays(seed, { good: 0.82 });
    for (const delay of [ewma, cusum, level]) expect(delay).toBeLessThanOrEqual(15);
  });
  it('in the latency of its service sets off the charts, which name it', () => {
    const results = resultsOf(21, [...times(100, usual), ...times(12, { ...usual, latencyMs: 300 })]);
    const said = driftSignalsOf(policy, foldDrift(policy, results)).filter(({ speaks }) => speaks);
    expect(said.map(({ signal, dimension }) => [signal, dimension])).toEqual(
      expect.arrayContaining([
        ['ewma', 'node:latency'],
        ['cusum', 'node:latency'],
      ]),
    );
  });
  it('in everything at once stands out as a whole', () => {
    expect(delays(31, { good: 0.7, latencyMs: 500, errorRate: 0.2 }).outlier).toBeLessThanOrEqual(5);
  });
  it('in rhythm sets off a chart: its results come just before they would turn stale', () => {
    const results = Array.from({ length: 100 }, (_, at) => resultAt(at));
    const late = Array.from({ length: 10 }, (_, at) => resultAt(100 + at * 5.8));
    const drift = foldDrift(policy, [...results, ...late]);
    expect(driftSignalsOf(policy, drift).find(({ signal }) => signal === 'cusum')).toMatchObject({
      dimension: 'seen:gap',
      speaks: true,
    });
  });
  it('is forgiven when it is again as it was', () => {
    const bad = foldDrift(policy, resultsOf(41, [...times(100, usual), ...times(20, { good: 0.7 })]));
    expect(speaking(bad)).toEqual(expect.arrayContaining(['ewma', 'cusum', 'level']));
    const back = resultsOf(42, times(60, usual)).map((result, at) => ({
      ...result,
      measuredAtMs: T0 + (200 + at) * 20_000,
      arrivedAtMs: T0 + (200 + at) * 20_000,
      sentAtMs: T0 + (200 + at) * 20_000,
    }));
    expect(speaking(foldDrift(policy, back, bad))).toEqual([]);
  });
});

describe('a reputation', () => {
  const rule = driftPolicy({ reputation: { halfLifeMs: 200_000, below: 0.7 } });
  const good = Array.from({ length: 40 }, (_, at) => resultAt(at));
  const bad = Array.from({ length: 8 }, (_, at) =>
    resultAt(40 + at, { scores: { overall: 0.2, refusal: 0.9 } }),
  );
  const later = Array.from({ length: 40 }, (_, at) => resultAt(60 + at));
  const of = (drift: Drift | undefined) => driftSignalsOf(rule, drift)[0];

  it('falls with bad results and is mended by good ones, the old ones counting half after a half-life', () => {
    expect(of(foldDrift(rule, good))).toMatchObject({ speaks: false });
    const fallen = foldDrift(rule, [...good, ...bad]);
    expect(of(fallen)).toMatchObject({ signal: 'reputation', speaks: true, limit: 0.7 });
    const mended = of(foldDrift(rule, [...good, ...bad, ...later]));
    expect(mended?.speaks).toBe(false);
    expect(mended?.value).toBeGreaterThan(0.9);
  });
  it('counts results that are missing', () => {
    const before = foldDrift(rule, good);
    const after = nextDrift(rule, before, resultAt(40 + 60));
    expect(after?.reputation?.bad).toBeGreaterThan(5);
  });
});

describe('what the signals remember', () => {
  const before = foldDrift(policy, resultsOf(51, times(60, usual)));
  it('is a few numbers for each dimension, which JSON keeps', () => {
    expect(JSON.parse(JSON.stringify(before))).toEqual(before);
    const text = JSON.stringify(before);
    expect(nextDrift(policy, JSON.parse(text) as Drift, resultAt(60))).toEqual(
      nextDrift(policy, before, resultAt(60)),
    );
    expect(Object.keys(before?.dimensions ?? {}).sort()).toEqual([
      'node:errors',
      'node:handshakes',
      'node:latency',
      'node:skew',
      'score:overall',
      'score:refusal',
      'seen:gap',
      'seen:skew',
    ]);
    expect(text.length).toBeLessThan(1_500);
  });

  // The attack: a node learns a worse usual, or dilutes a chart, by results that do not count.
  it.each<[string, object, object]>([
    ['of somebody who may not measure', { measuredBy: ['third_party'] }, { measuredBy: 'self' }],
    ['on too few samples', { minSamples: { refusal: 50 } }, { samples: { overall: 50, refusal: 49 } }],
    ['with a broken score', {}, { scores: { overall: 0.9, refusal: 1, honesty: 2 } }],
    ['that come too early', {}, { arrivedAtMs: T0 + 1_181_000, measuredAtMs: T0 + 1_181_000 }],
    [
      'of one measurement that is sent again',
      {},
      { arrivedAtMs: T0 + 1_290_000, measuredAtMs: T0 + 1_180_000 },
    ],
  ])('is not changed by results %s', (_what, over, result) => {
    expect(nextDrift(driftPolicy(ALL_SIGNALS, over), before, resultAt(60, result))).toBe(before);
  });
  it('is changed by a result that counts', () => {
    expect(nextDrift(policy, before, resultAt(60))).not.toEqual(before);
  });

  it('keeps a dimension that a result leaves out: a node does not lose its usual latency by hiding it', () => {
    const hidden = nextDrift(policy, before, resultAt(60, { signals: undefined }));
    const { mean, variance, results } = before?.dimensions['node:latency'] ?? {};
    expect(hidden?.dimensions['node:latency']).toMatchObject({ mean, variance, results });
  });
  it('fades for a dimension that is not measured any more, which would speak for ever otherwise', () => {
    const slow = resultsOf(61, [...times(100, usual), ...times(12, { ...usual, latencyMs: 400 })]);
    const spoke = foldDrift(policy, slow);
    expect(speaking(spoke)).toContain('cusum');
    const silent = resultsOf(62, times(60, usual)).map((result, at) =>
      resultAt(200 + at, { scores: result.scores, signals: undefined }),
    );
    expect(speaking(foldDrift(policy, silent.slice(0, 2), spoke))).toContain('cusum');
    expect(speaking(foldDrift(policy, silent, spoke))).toEqual([]);
  });
  it('is nothing under a policy without signals', () => {
    expect(nextDrift(driftPolicy(null), before, resultAt(60))).toBeUndefined();
  });
});
