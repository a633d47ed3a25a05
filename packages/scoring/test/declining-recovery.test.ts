// A declining node is in good standing again after several clear results in a row, and not before.

import { type Benchmark, evaluate, NO_STREAK, nextClearStreak } from '@mesh/scoring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  resultAt as at,
  band,
  benchmarkOf,
  evidenceOf,
  judged,
  policyOf,
  streakOf,
  ulpBelow,
} from './support/example-evidence.ts';

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
      reason: { code: 'declining_streak', consecutiveClear, required: 3, minResultGapMs: 15_000 },
    });
  });

  it.each([3, 4])('it is in good standing with %d of three', (counted) => {
    expect(declining(0.9, counted)).toMatchObject({ standing: 'good', reason: { code: 'ok' } });
  });

  it('it does not wait if one result is enough, if it was not declining, or if there is no band', () => {
    const once = policyOf({ threshold: 0.5, declining: { below: 0.7, consecutiveClear: 1 } });
    expect(judged(once, { overall: 0.9 }, { declining: true }).standing).toBe('good');
    expect(judged(band, { overall: 0.9 }, { declining: false }).standing).toBe('good');
    expect(judged(policyOf(), { overall: 0.9 }, { declining: true }).standing).toBe('good');
  });

  it('it still waits when it comes back from a denial', () => {
    const back = { membership: 'denied', declining: true, consecutiveGood: 1 } as const;
    expect(judged(band, { overall: 0.9 }, back)).toMatchObject({ allowed: true, standing: 'declining' });
    expect(judged(band, { overall: 0.9 }, { ...back, consecutiveClear: 3 }).standing).toBe('good');
  });

  const fold = (series: readonly number[], policy = band): string[] => {
    let state = { declining: false, streak: NO_STREAK };
    let previous: Benchmark | undefined;
    return series.map((overall, i) => {
      const latest = at(i * 30, overall);
      const event = { kind: 'benchmark', benchmark: latest, previous } as const;
      const streak = nextClearStreak(policy, state.streak, event);
      previous = latest;
      const evidence = evidenceOf({
        membership: 'admitted',
        latest,
        declining: state.declining,
        consecutiveClear: streak.count,
      });
      const { standing } = evaluate(policy, evidence, latest.arrivedAtMs);
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

  it('a node at the very edge changes its standing at most twice in four results', () => {
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
    const next = (benchmark: Benchmark, previous?: Benchmark) =>
      nextClearStreak(band, streakOf(2), { kind: 'benchmark', benchmark, previous }).count;
    expect(next(at(30, 0.7), at(0, 0.7))).toBe(3);
    expect(next(at(30, 0.6), at(0, 0.7))).toBe(0);
    expect(next(at(30, 0.4), at(0, 0.7))).toBe(0);
    expect(next(at(120.001, 0.7), at(0, 0.7))).toBe(1);
    expect(next(benchmarkOf({ measuredAtMs: Number.NaN }), at(0, 0.7))).toBe(0);
    expect(nextClearStreak(band, streakOf(2), { kind: 'denied' })).toEqual(NO_STREAK);
    expect(nextClearStreak(band, streakOf(2), { kind: 'benchmark', benchmark: at(0, 1) }, 'nowhere')).toEqual(
      NO_STREAK,
    );
  });
});
