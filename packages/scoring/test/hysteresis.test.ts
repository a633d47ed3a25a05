import { type Benchmark, evaluate, NO_STREAK, nextStreak } from '@mesh/scoring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  resultAt as at,
  benchmarkOf,
  evidenceOf,
  policyOf,
  streakOf,
  T0,
  ulpBelow,
} from './support/example-evidence.ts';

const strict = policyOf({
  threshold: 0.7,
  readmission: { threshold: 0.85, consecutiveGood: 3 },
  classes: [{ name: 'vault', threshold: 0.95 }],
});

/** The count after each of a series of benchmarks, the first without a predecessor. */
const fold = (series: readonly Benchmark[], className?: string): number[] => {
  let streak = NO_STREAK;
  let previous: Benchmark | undefined;
  return series.map((benchmark) => {
    streak = nextStreak(strict, streak, { kind: 'benchmark', benchmark, previous }, className);
    previous = benchmark;
    return streak.count;
  });
};

describe('re-admission after a denial', () => {
  const denied = (overall: number, consecutiveGood?: number) =>
    evaluate(
      strict,
      evidenceOf({ membership: 'denied', consecutiveGood, latest: benchmarkOf({ scores: { overall } }) }),
      T0,
    ).reason;

  it('needs the higher score', () => {
    expect(denied(ulpBelow(0.85), 3)).toEqual({
      code: 'readmission_threshold',
      overall: ulpBelow(0.85),
      threshold: 0.85,
    });
    expect(denied(0.85, 3).code).toBe('ok');
  });

  it.each([
    [undefined, 1],
    [0, 1],
    [1, 1],
    [2, 2],
  ])('still needs three good results if %s were counted', (counted, consecutiveGood) => {
    expect(denied(0.9, counted)).toEqual({
      code: 'readmission_streak',
      consecutiveGood,
      required: 3,
      minResultGapMs: 15_000,
    });
  });

  it.each([3, 4, 1_000])('lets a node back in with %d good results', (counted) => {
    expect(denied(0.9, counted).code).toBe('ok');
  });

  it('denies if the count is not a number', () => {
    expect(denied(0.9, Number.NaN).code).toBe('readmission_streak');
  });

  it.each(['admitted', 'never', undefined] as const)(
    'requires nothing more of a node that is %s',
    (membership) => {
      const evidence = evidenceOf({ membership, latest: benchmarkOf({ scores: { overall: 0.7 } }) });
      expect(evaluate(strict, evidence, T0).reason.code).toBe('ok');
    },
  );

  it('requires nothing more by default: one good benchmark brings a denied node back', () => {
    expect(evaluate(policyOf(), evidenceOf({ membership: 'denied' }), T0).allowed).toBe(true);
  });
});

describe('nextStreak', () => {
  it('counts good results in a row', () => {
    expect(fold([at(0, 0.9), at(30, 0.85), at(60, 1)])).toEqual([1, 2, 3]);
  });

  it('starts again after a bad result, one between threshold and readmission threshold included', () => {
    expect(fold([at(0, 0.9), at(30, 0.5), at(60, 0.9)])).toEqual([1, 0, 1]);
    expect(fold([at(0, 0.9), at(30, 0.8), at(60, 0.9)])).toEqual([1, 0, 1]);
    expect(fold([at(0, 0.9), at(30, Number.NaN), at(60, 0.9)])).toEqual([1, 0, 1]);
  });

  it('starts again if the result before was already stale when the next one came', () => {
    expect(fold([at(0, 0.9), at(120, 0.9), at(240.001, 0.9)])).toEqual([1, 2, 1]);
  });

  it('judges by the class: a result can be good for one and not for another', () => {
    expect(fold([at(0, 0.9), at(30, 0.95)], 'vault')).toEqual([0, 1]);
    expect(fold([at(0, 1)], 'nowhere')).toEqual([0]);
  });

  it('starts again at a denial, from any count', () => {
    expect(nextStreak(strict, streakOf(100), { kind: 'denied' })).toEqual(NO_STREAK);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -5, 1.5])('does not build on a count of %d', (count) => {
    const event = { kind: 'benchmark', benchmark: at(30, 1), previous: at(0, 1) } as const;
    expect(nextStreak(strict, streakOf(count), event)).toEqual(streakOf(1, 30));
  });

  it('does not count a result from the future, an old one or one with broken times', () => {
    const previous = at(0, 1);
    for (const benchmark of [
      benchmarkOf({ measuredAtMs: T0 + 30_001 }),
      benchmarkOf({ measuredAtMs: T0 - 120_001 }),
      benchmarkOf({ measuredAtMs: Number.NaN }),
    ]) {
      expect(nextStreak(strict, streakOf(2), { kind: 'benchmark', benchmark, previous })).toEqual(NO_STREAK);
    }
  });

  it('is the length of the unbroken run of good results at the end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0, 0.7, 0.84, 0.85, 0.9, 1), { minLength: 1, maxLength: 40 }),
        (series) => {
          const streaks = fold(series.map((overall, i) => at(i * 30, overall)));
          const lastBad = series.findLastIndex((overall) => overall < 0.85);
          expect(streaks.at(-1)).toBe(series.length - 1 - lastBad);
        },
      ),
    );
  });

  it('keeps a flapping node out until it has been good three times running', () => {
    const series = [0.9, 0.6, 0.9, 0.9, 0.6, 0.9, 0.9, 0.9];
    let streak = NO_STREAK;
    let previous: Benchmark | undefined;
    const allowed = series.map((overall, i) => {
      const latest = at(i * 30, overall);
      streak = nextStreak(strict, streak, { kind: 'benchmark', benchmark: latest, previous });
      previous = latest;
      const evidence = evidenceOf({ membership: 'denied', latest, consecutiveGood: streak.count });
      return evaluate(strict, evidence, latest.arrivedAtMs).allowed;
    });
    expect(allowed).toEqual([false, false, false, false, false, false, false, true]);
  });
});
