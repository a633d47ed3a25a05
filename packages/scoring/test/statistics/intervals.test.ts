// The known answers are those of R's prop.test, binom.test and confseq, to the digits given.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anytimeInterval, clopperPearsonInterval, effectiveTrials, wilsonInterval } from '../../src/index.ts';
import { betaCdf, betaQuantile } from '../../src/statistics/beta-distribution.ts';
import { logGamma } from '../../src/statistics/log-gamma.ts';
import { normalQuantile } from '../../src/statistics/normal-quantile.ts';
import { seededRandom } from '../../src/statistics/seeded-random.ts';

const invalid = expect.objectContaining({ code: 'invalid_statistic' });
const intervals = { Wilson: wilsonInterval, 'Clopper-Pearson': clopperPearsonInterval };

describe('known answers at 95 %', () => {
  it.each([
    ['Wilson', 81, 263, 0.255_289, 0.366_21],
    ['Wilson', 18, 20, 0.698_966, 0.972_134],
    ['Clopper-Pearson', 81, 263, 0.252_737, 0.367_622],
    ['Clopper-Pearson', 18, 20, 0.683_017, 0.987_651],
  ] as const)('%s of %i in %i', (kind, successes, trials, lower, upper) => {
    const interval = intervals[kind](successes, trials, 0.95);
    expect(interval.lower).toBeCloseTo(lower, 6);
    expect(interval.upper).toBeCloseTo(upper, 6);
  });

  it.each([
    [10, 0.741],
    [20, 0.861],
    [50, 0.942],
  ])('without a failure, %i prompts prove only %d, one-sided', (trials, lower) => {
    // One-sided at 95 % is the lower end of a two-sided interval at 90 %.
    expect(clopperPearsonInterval(trials, trials, 0.9).lower).toBeCloseTo(lower, 3);
  });

  it('at any time: 700 of 1,000, tuned at 100', () => {
    const { lower, upper } = anytimeInterval(700, 1_000, { alpha: 0.05, tunedAtTrials: 100 });
    // The known answer is cut off after six digits.
    expect(lower - 0.651_629).toBeGreaterThan(0);
    expect(lower - 0.651_629).toBeLessThan(1e-6);
    expect(upper - 0.745_949).toBeGreaterThan(0);
    expect(upper - 0.745_949).toBeLessThan(1e-6);
  });
});

it.each([0, 7, Number.NaN, Number.POSITIVE_INFINITY])('at any time: not tuned at %d', (tunedAtTrials) => {
  expect(() => anytimeInterval(7, 10, { alpha: 0.05, tunedAtTrials })).toThrow(invalid);
});

describe.each(Object.entries(intervals))('the interval of %s', (_, intervalOf) => {
  it('contains the share, lies within 0 and 1, and widens with confidence and with fewer trials', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (trials, part) => {
          const successes = Math.round(trials * part);
          const { lower, upper } = intervalOf(successes, trials, 0.95);
          expect(lower).toBeGreaterThanOrEqual(0);
          expect(upper).toBeLessThanOrEqual(1);
          expect(lower).toBeLessThanOrEqual(successes / trials);
          expect(upper).toBeGreaterThanOrEqual(successes / trials);
          const surer = intervalOf(successes, trials, 0.99);
          expect(surer.upper - surer.lower).toBeGreaterThanOrEqual(upper - lower);
          const more = intervalOf(4 * successes, 4 * trials, 0.95);
          expect(more.upper - more.lower).toBeLessThan(upper - lower);
        },
      ),
    );
  });

  it('is the other way round for failures', () => {
    const [a, b] = [intervalOf(18, 20, 0.95), intervalOf(2, 20, 0.95)];
    expect(a.lower).toBeCloseTo(1 - b.upper, 12);
    expect(a.upper).toBeCloseTo(1 - b.lower, 12);
  });

  it('ends at 0 without a success, and at 1 without a failure', () => {
    expect(intervalOf(0, 20, 0.95).lower).toBe(0);
    expect(intervalOf(20, 20, 0.95).upper).toBe(1);
    expect(intervalOf(0, 20, 0.95).upper).toBeGreaterThan(0.1);
  });

  it.each([
    [1, 0, 0.95],
    [-1, 5, 0.95],
    [6, 5, 0.95],
    [Number.NaN, 5, 0.95],
    [1, Number.POSITIVE_INFINITY, 0.95],
    [1, 5, 0],
    [1, 5, 1],
    [1, 5, Number.NaN],
  ])('is refused for %d of %d at %d', (successes, trials, confidence) => {
    expect(() => intervalOf(successes, trials, confidence)).toThrow(invalid);
  });
});

describe('coverage in 20,000 simulated results', () => {
  const random = seededRandom(20_261_129);
  it.each([
    ['Clopper-Pearson', 20, 0.9, 0.95],
    ['Clopper-Pearson', 50, 0.7, 0.95],
    // Wilson's is close to what it says on average, and not always above it.
    ['Wilson', 20, 0.9, 0.93],
    ['Wilson', 50, 0.7, 0.93],
  ] as const)('%s of %i prompts at %d covers in at least %d', (kind, trials, mean, least) => {
    const intervalOf = Array.from({ length: trials + 1 }, (_, good) => intervals[kind](good, trials, 0.95));
    let covered = 0;
    for (let run = 0; run < 20_000; run++) {
      let successes = 0;
      for (let trial = 0; trial < trials; trial++) if (random() < mean) successes += 1;
      const { lower, upper } = intervalOf[successes] as (typeof intervalOf)[0];
      if (lower <= mean && mean <= upper) covered += 1;
    }
    expect(covered / 20_000).toBeGreaterThan(least);
  });

  it('at any time: the mean is outside at some moment in fewer than 5 % of 300 runs of 1,000 prompts', () => {
    let left = 0;
    for (let run = 0; run < 300; run++) {
      let successes = 0;
      for (let trial = 1; trial <= 1_000; trial++) {
        if (random() < 0.7) successes += 1;
        if (trial % 10 !== 0) continue;
        const { lower, upper } = anytimeInterval(successes, trial, { alpha: 0.05, tunedAtTrials: 100 });
        if (lower > 0.7 || upper < 0.7) {
          left += 1;
          break;
        }
      }
    }
    expect(left / 300).toBeLessThan(0.05);
  });
});

describe('grades in groups', () => {
  it('count one by one where each is a group', () => {
    const grades = [1, 1, 0, 1, 0.5, 1, 0, 1, 1, 1];
    const { mean, trials } = effectiveTrials(grades.map((grade) => [grade]));
    expect(mean).toBeCloseTo(0.75, 12);
    expect(trials).toBeLessThanOrEqual(10);
    expect(trials).toBeGreaterThan(9);
  });

  it('count once for each group of equal grades', () => {
    const groups = [1, 1, 0, 1, 0, 1, 1, 1].map((grade) => Array.from({ length: 5 }, () => grade));
    const { mean, trials } = effectiveTrials(groups);
    expect(mean).toBe(0.75);
    expect(trials).toBeCloseTo(8, 6);
  });

  it('count no more than there are, however evenly the groups are mixed', () => {
    const groups = Array.from({ length: 10 }, () => [1, 0]);
    expect(effectiveTrials(groups).trials).toBe(10);
  });

  it.each([
    ['all good', [[1, 1], [1]], 2],
    ['a single group', [[1, 0, 1]], 1],
    ['empty groups beside others', [[], [1], []], 1],
  ])('%s: each group counts once', (_, groups, trials) => {
    expect(effectiveTrials(groups).trials).toBe(trials);
  });

  it.each([[[]], [[[]]], [[[1.5]]], [[[Number.NaN]]], [[[-0.1]]]])('%j is refused', (groups) => {
    expect(() => effectiveTrials(groups as number[][])).toThrow(invalid);
  });
});

describe('the functions beneath', () => {
  it.each([
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.025, -1.959963984540054],
    [0.9999, 3.719016485455709],
    [1e-20, -9.262340089798409],
  ])('the normal quantile of %d', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 12);
  });

  it.each([0, 1, -1, 2, Number.NaN])('there is no normal quantile of %d', (p) => {
    expect(() => normalQuantile(p)).toThrow(invalid);
  });

  it('ln Γ is that of factorials, and of a half', () => {
    let factorial = 0;
    for (let n = 1; n < 200; n++) {
      expect(Math.abs(logGamma(n) - factorial)).toBeLessThan(1e-12 * Math.max(1, factorial));
      factorial += Math.log(n);
    }
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 13);
  });

  it('the beta distribution sums binomial probabilities', () => {
    // P(Beta(k, n − k + 1) ≤ x) = P(Binomial(n, x) ≥ k)
    const [n, k, x] = [20, 15, 0.7];
    let sum = 0;
    for (let i = k; i <= n; i++)
      sum += Math.exp(logGamma(n + 1) - logGamma(i + 1) - logGamma(n - i + 1)) * x ** i * (1 - x) ** (n - i);
    expect(betaCdf(x, k, n - k + 1)).toBeCloseTo(sum, 12);
    expect(betaQuantile(sum, k, n - k + 1)).toBeCloseTo(x, 12);
    expect([betaCdf(0, 2, 3), betaCdf(1, 2, 3)]).toEqual([0, 1]);
  });
});
