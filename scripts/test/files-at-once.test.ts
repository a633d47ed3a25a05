import { describe, expect, it } from 'vitest';
import { scaled } from '../lib/files-at-once.mjs';

describe('how many test files run at once', () => {
  it.each([
    ['a usual machine', 5, 40, 2, 5],
    ['a faster one, which ends sooner', 5, 20, 2, 5],
    ['more cores, which the number was not made for', 5, 40, 16, 5],
    ['one that takes twice as long', 5, 80, 2, 3],
    ['one that takes twice as long, for tests with time', 3, 80, 2, 2],
    ['one core', 5, 40, 1, 3],
    ['one that hardly gets on', 3, 2_000, 2, 1],
  ])('fits %s', (_, wanted, paceMs, cores, expected) => {
    expect(scaled(wanted, paceMs, cores)).toBe(expected);
  });
});
