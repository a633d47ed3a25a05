import { describe, expect, it } from 'vitest';
import {
  addExperience,
  averagePathLength,
  expectedGrade,
  forget,
  growForest,
  NO_REPUTATION,
} from '../../src/index.ts';
import { seededRandom } from '../../src/statistics/seeded-random.ts';

const invalid = expect.objectContaining({ code: 'invalid_statistic' });

describe('an isolation forest', () => {
  /** The toy set of the paper's implementation in scikit-learn: the last two are outliers. */
  const toy = [
    [-2, -1],
    [-1, -1],
    [-1, -2],
    [1, 1],
    [1, 2],
    [2, 1],
    [6, 3],
    [-4, 7],
  ];

  it.each([
    [0, 0],
    [1, 0],
    [2, 1],
    [5, 2 * (Math.log(4) + 0.5772156649015329) - 8 / 5],
  ])('c(%i) = %d', (points, length) => {
    expect(averagePathLength(points)).toBeCloseTo(length, 12);
  });

  it.each([1, 2, 3, 42, 2 ** 31])(
    'gives the two outliers of a toy set the highest scores, seed %i',
    (seed) => {
      const scores = toy.map(growForest(toy, { seed }).scoreOf);
      expect(Math.min(...scores.slice(6))).toBeGreaterThan(Math.max(...scores.slice(0, 6)));
    },
  );

  it('gives the same scores again, and others with another seed', () => {
    const scores = (seed: number) => toy.map(growForest(toy, { seed }).scoreOf);
    expect(scores(1)).toEqual(scores(1));
    expect(scores(1)).not.toEqual(scores(2));
  });

  it('gives about half to each of many points that are alike, and much more to one far away', () => {
    const random = seededRandom(1);
    const points = Array.from({ length: 500 }, () => [random(), random(), random()]);
    const { scoreOf } = growForest(points, { seed: 1 });
    const mean = points.reduce((sum, point) => sum + scoreOf(point) / points.length, 0);
    expect(mean).toBeGreaterThan(0.4);
    expect(mean).toBeLessThan(0.55);
    expect(scoreOf([9, 9, 9])).toBeGreaterThan(Math.max(...points.map(scoreOf)));
  });

  it('scores points that are all equal alike', () => {
    const points = Array.from({ length: 8 }, () => [1, 2]);
    const { scoreOf } = growForest(points, { seed: 1 });
    expect(new Set(points.map(scoreOf)).size).toBe(1);
  });

  it.each([[[]], [[[1]]], [[[], []]], [[[1], [1, 2]]], [[[1], [Number.NaN]]]])(
    'does not grow from %j',
    (points) => {
      expect(() => growForest(points as number[][], { seed: 1 })).toThrow(invalid);
    },
  );

  it('scores no point of other dimensions', () => {
    expect(() => growForest(toy, { seed: 1 }).scoreOf([1])).toThrow(invalid);
  });
});

describe('a reputation', () => {
  const HOUR = 3_600_000;

  it('expects half of a stranger, and (1 + good) / (2 + all) of others', () => {
    expect(expectedGrade(NO_REPUTATION)).toBe(0.5);
    const known = [1, 1, 0.5].reduce((held, grade) => addExperience(held, 0, HOUR, grade), NO_REPUTATION);
    expect(known).toEqual({ good: 2.5, bad: 0.5 });
    expect(expectedGrade(known)).toBe(3.5 / 5);
  });

  it('counts half after its half-life, and is a stranger’s in the end', () => {
    const known = { good: 8, bad: 4 };
    expect(forget(known, HOUR, HOUR)).toEqual({ good: 4, bad: 2 });
    expect(forget(known, 0, HOUR)).toEqual(known);
    expect(expectedGrade(forget(known, 100 * HOUR, HOUR))).toBeCloseTo(0.5, 12);
  });

  it('forgets the same in one step as in many', () => {
    let held = { good: 8, bad: 4 };
    for (let step = 0; step < 10; step++) held = forget(held, HOUR / 10, HOUR);
    expect(held.good).toBeCloseTo(4, 12);
  });

  it.each([
    () => addExperience(NO_REPUTATION, 0, HOUR, 1.1),
    () => addExperience(NO_REPUTATION, 0, HOUR, Number.NaN),
    () => addExperience(NO_REPUTATION, -1, HOUR, 1),
    () => addExperience(NO_REPUTATION, 0, 0, 1),
    () => forget({ good: -1, bad: 0 }, 0, HOUR),
  ])('refuses what does not fit: case %#', (run) => {
    expect(run).toThrow(invalid);
  });
});

it('a seeded sequence is the same again, and spread evenly', () => {
  const numbers = (seed: number) => Array.from({ length: 10_000 }, seededRandom(seed));
  expect(numbers(5)).toEqual(numbers(5));
  expect(numbers(5)).not.toEqual(numbers(6));
  const mean = numbers(5).reduce((sum, value) => sum + value / 10_000, 0);
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.015);
  expect(numbers(7).every((value) => value >= 0 && value < 1)).toBe(true);
});
