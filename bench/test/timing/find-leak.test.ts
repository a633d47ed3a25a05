// The test of times finds a difference that is there, in the clock's own units, and none that is not.

import { describe, expect, it } from 'vitest';
import { findLeak, type Subject } from '../../src/timing/find-leak.ts';
import { isLeak, judgeTimes } from '../../src/timing/judge-times.ts';
import { plantedLeaks, subjects } from '../../src/timing/subjects.ts';
import { welchT } from '../../src/timing/welch.ts';

/** mulberry32: numbers that are the same in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('welchT', () => {
  it('is that of a worked example, with the sign of the difference', () => {
    // Means 3 and 5, variances 2.5 and 2.5, five values each.
    expect(welchT([1, 2, 3, 4, 5], [3, 4, 5, 6, 7])).toBeCloseTo(-2, 10);
    expect(welchT([3, 4, 5, 6, 7], [1, 2, 3, 4, 5])).toBeCloseTo(2, 10);
  });

  it('is 0 for equal constants, beyond any limit for others, and refuses what is too short', () => {
    expect(welchT([4, 4], [4, 4])).toBe(0);
    expect(welchT([5, 5], [4, 4])).toBe(Number.MAX_VALUE);
    expect(() => welchT([1], [1, 2])).toThrow(RangeError);
  });
});

describe('findLeak', () => {
  /** A machine whose runs take 100 ± 10 units, now and then 5,000, and `slower` more for class 0. */
  function leakOf(slower: number, seed: number): number {
    const random = randomFrom(seed);
    let now = 0;
    const inputs = [[Uint8Array.of(0)], [Uint8Array.of(1)]] as const;
    const subject: Subject = {
      name: '',
      inputs,
      repeats: 1,
      run: (input) => {
        now += 90 + 20 * random() + (input[0] === 0 ? slower : 0) + (random() < 0.01 ? 5_000 : 0);
      },
    };
    return findLeak(subject, { measurements: 4_000, random, now: () => now });
  }

  it('finds a difference that is a tenth of the noise, and its sign', () => {
    expect(leakOf(2, 1)).toBeGreaterThan(4.5);
    expect(leakOf(-2, 2)).toBeLessThan(-4.5);
  });

  it('finds none where there is none, in a hundred runs', () => {
    const ts = Array.from({ length: 100 }, (_, seed) => leakOf(0, seed));
    expect(ts.filter((t) => Math.abs(t) > 4.5)).toEqual([]);
  });
});

describe('the verdict', () => {
  it('needs every round, with the same sign', () => {
    expect(isLeak([5, 6, 7])).toBe(true);
    expect(isLeak([-5, -6])).toBe(true);
    for (const ts of [[5, 4.5], [5, -5], [1, 2], []]) expect(isLeak(ts)).toBe(false);
  });

  it('names a leak in what ships, and a planted one that was not found', () => {
    const missed = judgeTimes(
      new Map([
        ['check', [9, 9]],
        ['fine', [9, 1]],
      ]),
      new Map([
        ['plant', [1, 1]],
        ['seen', [50, 60]],
      ]),
    );
    expect(missed).toEqual([
      'check: t is 9, 9: its time depends on the secret',
      'plant: t is 1, 1: the test does not find it, so it would find no other',
    ]);
  });
});

describe('the subjects', () => {
  it.each([...subjects, ...plantedLeaks].map((make) => [make().name, make] as const))(
    '%s: both classes have as many inputs of one length, and run',
    (_, make) => {
      const { inputs, run } = make();
      expect(inputs[0]).toHaveLength(inputs[1].length);
      expect(new Set(inputs.flat().map(({ length }) => length)).size).toBe(1);
      for (const pool of inputs) run(pool[0] as Uint8Array);
    },
  );

  it('refuse what is wrong, whichever class it is of', () => {
    for (const make of subjects.slice(0, 2)) {
      const { inputs, run } = make();
      for (const pool of inputs)
        expect(run(pool[0] as Uint8Array)).toSatisfy((said) => said === false || typeof said === 'object');
    }
  });
});
