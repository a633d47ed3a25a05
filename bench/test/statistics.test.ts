// Medians, quantiles and paired ratios, compared with simple sorting.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pairedRatio, quantile, summarise } from '../src/statistics.ts';

describe('statistics', () => {
  it.each([
    [[5], 5],
    [[1, 2], 1.5],
    [[3, 1, 2], 2],
    [[10, 1, 2, 3], 2.5],
  ])('the median of %j is %d', (values, median) => {
    expect(summarise(values)).toEqual({ median, min: Math.min(...values), max: Math.max(...values) });
  });

  it('quantiles are interpolated between neighbours', () => {
    expect(quantile([0, 10], 0.99)).toBeCloseTo(9.9);
    expect(quantile([4, 2, 8, 6, 0], 0.25)).toBe(2);
  });

  it('quantiles rise with the share, lie within the values and ignore their order', () => {
    const values = fc.array(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value + 0),
      { minLength: 1, maxLength: 50 },
    );
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(values, share, share, (all, one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        expect(quantile(all, low)).toBeLessThanOrEqual(quantile(all, high) + 1e-6);
        expect(quantile(all, 0)).toBe(Math.min(...all));
        expect(quantile(all, 1)).toBe(Math.max(...all));
        expect(quantile(all.toReversed(), one)).toBe(quantile(all, one));
      }),
    );
  });

  it('ratios pair the rounds: a machine that slows down in one round changes nothing', () => {
    expect(pairedRatio([100, 10, 50], [50, 5, 25])).toEqual({ median: 2, min: 2, max: 2 });
  });

  it.each([
    ['no values', () => summarise([])],
    ['NaN', () => summarise([1, Number.NaN])],
    ['a share above 1', () => quantile([1], 1.1)],
    ['unequal rounds', () => pairedRatio([1], [1, 2])],
    ['a baseline of 0', () => pairedRatio([1], [0])],
  ])('%s are refused', (_what, call) => {
    expect(call).toThrow(RangeError);
  });
});
