// When a figure counts as worse: by more than the factor in the median, and in every round.

import { describe, expect, it } from 'vitest';
import { changeOf, isWorseThan } from '../../src/compare/judge-change.ts';

const ratio = (min: number, median: number, max: number) => ({ min, median, max });

describe('a change', () => {
  it.each([
    ['less', ratio(1.01, 1.2, 1.5), 'worse'],
    ['less', ratio(1, 1.2, 1.5), 'unclear'],
    ['less', ratio(0.9, 1.2, 1.5), 'unclear'],
    ['less', ratio(0.5, 0.8, 0.99), 'better'],
    ['less', ratio(0.5, 0.8, 1), 'unclear'],
    ['more', ratio(1.01, 1.2, 1.5), 'better'],
    ['more', ratio(0.5, 0.8, 0.99), 'worse'],
    ['more', ratio(0, 0, 0), 'worse'],
    ['more', ratio(0.5, 0.8, 1), 'unclear'],
    ['neither', ratio(2, 3, 4), 'unclear'],
    ['neither', ratio(0.1, 0.2, 0.3), 'unclear'],
  ] as const)('where %s is better and the ratio is %j is %s', (better, of, change) => {
    expect(changeOf({ better, ratio: of })).toBe(change);
  });

  it('without a ratio is unclear', () => {
    expect(changeOf({ better: 'less' })).toBe('unclear');
    expect(isWorseThan({ better: 'less' }, 1)).toBe(false);
  });
});

describe('a factor of 1.10', () => {
  it.each([
    ['less', ratio(1.01, 1.11, 1.5), true],
    ['less', ratio(1.01, 1.1, 1.5), false],
    ['less', ratio(1, 2, 3), false],
    ['less', ratio(0.5, 0.6, 0.7), false],
    ['more', ratio(0.8, 0.9, 0.99), true],
    ['more', ratio(0.8, 0.92, 0.99), false],
    ['more', ratio(0.1, 0.2, 1), false],
    ['neither', ratio(2, 3, 4), false],
  ] as const)('where %s is better and the ratio is %j is exceeded: %s', (better, of, exceeded) => {
    expect(isWorseThan({ better, ratio: of }, 1.1)).toBe(exceeded);
  });
});
