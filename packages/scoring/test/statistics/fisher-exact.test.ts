// Fisher's exact test against published answers, and against exact rationals.

import { fisherExact } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';

function choose(n: bigint, k: bigint): bigint {
  let ways = 1n;
  for (let at = 1n; at <= k; at++) ways = (ways * (n - k + at)) / at;
  return ways;
}

/** The same p-value in whole numbers: no rounding, and no slack. */
function exactly(a: number, m: number, b: number, n: number): number {
  const successes = BigInt(a + b);
  const ways = (first: bigint) =>
    first > successes || successes - first > BigInt(n)
      ? 0n
      : choose(BigInt(m), first) * choose(BigInt(n), successes - first);
  const observed = ways(BigInt(a));
  let sum = 0n;
  for (let first = 0n; first <= BigInt(m); first++) if (ways(first) <= observed) sum += ways(first);
  const scale = 10n ** 18n;
  return Number((sum * scale) / choose(BigInt(m + n), successes)) / 1e18;
}

describe('Fisher’s exact test', () => {
  it.each([
    // R, ?fisher.test: the tea-tasting lady of Fisher (1935), two-sided.
    [3, 4, 1, 4, 34 / 70],
    // The same page: convictions of like-sex twins of criminals (Fisher 1962).
    [10, 13, 2, 17, 0.000_536_724_1],
    // By hand: 2 of 2 against 0 of 2 is one of C(4, 2) = 6 tables, and its mirror another.
    [2, 2, 0, 2, 2 / 6],
    // By hand: only one table has these margins.
    [5, 5, 7, 7, 1],
  ])('of %i of %i against %i of %i is %f', (a, m, b, n, p) => {
    expect(fisherExact({ successes: a, trials: m }, { successes: b, trials: n })).toBeCloseTo(p, 10);
  });

  it('is what whole numbers give, for every table of up to 7 and 9, and for larger ones', () => {
    const tables = [
      [12, 20, 35, 40],
      [0, 200, 11, 200],
      [6, 20, 36, 40],
      [150, 200, 1201, 1600],
    ];
    for (let m = 0; m <= 7; m++)
      for (let n = 0; n <= 9; n++)
        for (let a = 0; a <= m; a++) for (let b = 0; b <= n; b++) tables.push([a, m, b, n]);
    for (const [a = 0, m = 0, b = 0, n = 0] of tables) {
      const found = fisherExact({ successes: a, trials: m }, { successes: b, trials: n });
      const expected = exactly(a, m, b, n);
      expect(Math.abs(found - expected), `${a}/${m} ${b}/${n}`).toBeLessThan(1e-9 * Math.max(expected, 1e-6));
    }
  });

  it.each([
    [-1, 3],
    [4, 3],
    [1.5, 3],
    [1, 3.5],
    [Number.NaN, 3],
  ])('refuses %d of %d', (successes, trials) => {
    const refused = expect.objectContaining({ code: 'invalid_statistic' });
    expect(() => fisherExact({ successes, trials }, { successes: 1, trials: 2 })).toThrow(refused);
    expect(() => fisherExact({ successes: 1, trials: 2 }, { successes, trials })).toThrow(refused);
  });
});
