// One measurement is one result, and a burst is not a streak: counted results keep the policy's gap, by both
// clocks.

import {
  type Benchmark,
  NO_STREAK,
  nextClearStreak,
  nextStreak,
  type Policy,
  type Streak,
  type StreakEvent,
} from '@mesh/scoring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { benchmarkOf, policyOf, resultAt, streakOf, T0 } from './support/example-evidence.ts';

const GAP = 15_000;
const MAX_AGE = 120_000;
const TOLERANCE = 30_000;

describe.each([
  ['nextStreak', nextStreak],
  ['nextClearStreak', nextClearStreak],
])('%s', (_name, next) => {
  const policy = policyOf({ threshold: 0.7, declining: { below: 0.71 } });
  const good = (measuredMs: number, arrivedMs = measuredMs): Benchmark =>
    benchmarkOf({ measuredAtMs: T0 + measuredMs, arrivedAtMs: T0 + arrivedMs });
  const bad = (ms: number): Benchmark => ({ ...good(ms), scores: { overall: 0.1 } });
  const after = (
    benchmark: Benchmark,
    {
      streak = streakOf(1),
      previous = good(0),
      by = policy,
    }: { streak?: Streak; previous?: Benchmark; by?: Policy } = {},
  ): Streak => next(by, streak, { kind: 'benchmark', benchmark, previous });

  it.each([
    ['both the gap later', GAP, GAP, true],
    ['measured a millisecond too early', GAP - 1, GAP, false],
    ['arrived a millisecond too early', GAP, GAP - 1, false],
    ['the same measurement, sent again after the gap', 0, GAP, false],
    ['a later measurement in the same burst', GAP, 0, false],
    ['measured before the one that was counted', -1, GAP, false],
    ['measured well ahead of its arrival', GAP + TOLERANCE, GAP, true],
    ['arrived late', GAP, GAP + 60_000, true],
  ])('%s (%d ms, %d ms): counts is %s', (_what, measuredMs, arrivedMs, counts) => {
    const counted = { count: 2, countedMeasuredAtMs: T0 + measuredMs, countedArrivedAtMs: T0 + arrivedMs };
    expect(after(good(measuredMs, arrivedMs))).toEqual(counts ? counted : streakOf(1));
  });

  it('keeps the times of the last counted result, so that early results do not delay the next', () => {
    let streak = NO_STREAK;
    let previous: Benchmark | undefined;
    const counts = [0, 10, 20, 30, 40, 50].map((seconds) => {
      const benchmark = resultAt(seconds, 0.9);
      streak = next(policy, streak, { kind: 'benchmark', benchmark, previous });
      previous = benchmark;
      return streak.count;
    });
    expect(counts).toEqual([1, 1, 2, 2, 3, 3]);
  });

  it('uses the newest result, counted or not, to decide whether results are in a row', () => {
    const early = good(GAP - 1);
    expect(after(good(MAX_AGE + GAP - 1), { previous: early }).count).toBe(2);
    expect(after(good(MAX_AGE + GAP), { previous: early })).toEqual(streakOf(1, (MAX_AGE + GAP) / 1_000));
  });

  it('starts again at a bad result, even an early one, and counts the next good one at once', () => {
    expect(after(bad(1), { streak: streakOf(4) })).toEqual(NO_STREAK);
    expect(after(good(2), { streak: NO_STREAK, previous: bad(1) })).toEqual(streakOf(1, 0.002));
  });

  it('starts again at a denial, times included', () => {
    expect(next(policy, streakOf(4), { kind: 'denied' })).toEqual(NO_STREAK);
  });

  it('with a gap of 0 counts each measurement once', () => {
    const by = policyOf({ threshold: 0.7, declining: { below: 0.71 }, minResultGapMs: 0 });
    expect(after(good(0, 1), { by })).toEqual(streakOf(1));
    expect(after(good(-1, 1), { by })).toEqual(streakOf(1));
    expect(after(good(1, 0), { by }).count).toBe(2);
    expect(after(good(1), { by })).toEqual(streakOf(2, 0.001));
  });

  it('continues a count whose times were never stored', () => {
    const streak: Streak = { count: 4, countedMeasuredAtMs: null, countedArrivedAtMs: null };
    expect(after(good(1), { streak })).toEqual(streakOf(5, 0.001));
  });

  it('starts again if the judge’s clock was set back, and does not wait until it has caught up', () => {
    const hour = 3_600;
    const previous = resultAt(hour, 0.9);
    const back = (ms: number) => good(hour * 1_000 - ms);
    expect(after(back(TOLERANCE), { streak: streakOf(3, hour), previous })).toEqual(streakOf(3, hour));
    expect(after(back(TOLERANCE + 1), { streak: streakOf(3, hour), previous })).toEqual(
      streakOf(1, hour - 30.001),
    );
  });

  const step = fc.record({
    kind: fc.oneof(
      { weight: 20, arbitrary: fc.constant('good' as const) },
      { weight: 1, arbitrary: fc.constantFrom('bad' as const, 'denied' as const) },
    ),
    arrivesAfterMs: fc.oneof(fc.constantFrom(0, 37, GAP - 1, GAP, MAX_AGE), fc.nat(40_000)),
    /** How long ago it was measured. Below 0 if the node's clock is ahead. */
    agedMs: fc.oneof(
      { weight: 6, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.constantFrom(GAP, -TOLERANCE) },
      { weight: 1, arbitrary: fc.integer({ min: -TOLERANCE, max: MAX_AGE }) },
    ),
    /** Whether to send the previous measurement again. */
    again: fc.oneof(
      { weight: 3, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
  });

  /** Every streak, as the list of its counted results in order. */
  const countedIn = (
    by: Policy,
    steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
  ) => {
    const streaks: Benchmark[][] = [];
    let streak = NO_STREAK;
    let previous: Benchmark | undefined;
    let arrivedAtMs = T0;
    for (const { kind, arrivesAfterMs, agedMs, again } of steps) {
      arrivedAtMs += arrivesAfterMs;
      const measuredAtMs = again && previous !== undefined ? previous.measuredAtMs : arrivedAtMs - agedMs;
      const benchmark = benchmarkOf({
        measuredAtMs,
        arrivedAtMs,
        scores: { overall: kind === 'bad' ? 0.1 : 0.9 },
      });
      const event: StreakEvent = kind === 'denied' ? { kind } : { kind: 'benchmark', benchmark, previous };
      const before = streak;
      streak = next(by, before, event);
      if (kind !== 'denied') previous = benchmark;
      if (streak === before) continue;
      if (streak.count === 1) streaks.push([benchmark]);
      else if (streak.count > 1) {
        expect(streak.count).toBe(before.count + 1);
        streaks.at(-1)?.push(benchmark);
      }
      expect(streak.count).toBe(streak.count === 0 ? 0 : streaks.at(-1)?.length);
    }
    return streaks;
  };

  it('lets n results in a row span at least n - 1 gaps, measured and arrived', () => {
    let longest = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 1_000, GAP, 60_000),
        fc.array(step, { maxLength: 40 }),
        (minResultGapMs, steps) => {
          const by = policyOf({ threshold: 0.7, declining: { below: 0.71 }, minResultGapMs });
          for (const counted of countedIn(by, steps)) {
            longest = Math.max(longest, counted.length);
            const [first, last] = [counted[0], counted.at(-1)];
            if (first === undefined || last === undefined) throw new Error('a streak of none');
            const span = (counted.length - 1) * minResultGapMs;
            expect(last.measuredAtMs - first.measuredAtMs).toBeGreaterThanOrEqual(span);
            expect(last.arrivedAtMs - first.arrivedAtMs).toBeGreaterThanOrEqual(span);
            expect(new Set(counted.map(({ measuredAtMs }) => measuredAtMs)).size).toBe(counted.length);
          }
        },
      ),
      { numRuns: 500 },
    );
    // Without long streaks the property would show nothing.
    expect(longest).toBeGreaterThan(3);
  });

  it('counts a burst once, with any claimed times', () => {
    const claim = fc.integer({ min: -MAX_AGE, max: TOLERANCE });
    fc.assert(
      fc.property(
        fc.array(fc.record({ claim, afterMs: fc.nat(37) }), { minLength: 1, maxLength: 30 }),
        (burst) => {
          const steps = burst.map(({ claim, afterMs }) => ({
            kind: 'good' as const,
            arrivesAfterMs: afterMs,
            agedMs: -claim,
            again: false,
          }));
          for (const counted of countedIn(policy, steps)) expect(counted).toHaveLength(1);
        },
      ),
    );
  });
});
