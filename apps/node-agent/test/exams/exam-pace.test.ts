// When the questions of an exam are put.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askUntilMs, gapMs } from '../../src/exams/exam-pace.ts';

const LONGEST_MS = 20_000;

/** The moments of the questions of an exam, and when the last answer is there. */
function moments(windowMs: number, count: number, answerMs: () => number, random: () => number) {
  let nowMs = 0;
  let tookMs = 0;
  const asked: number[] = [];
  for (let left = count; left > 0; left--) {
    const usualMs = asked.length === 0 ? undefined : tookMs / asked.length;
    nowMs += gapMs({ leftMs: windowMs - nowMs, count: left, longestMs: LONGEST_MS, usualMs }, random());
    asked.push(nowMs);
    const took = answerMs();
    nowMs += took;
    tookMs += took;
  }
  return { asked, endMs: nowMs };
}

/** Numbers from 0 to below 1 that look random and are the same in each run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('the time for questions', () => {
  it.each([
    [10_000, 8_000],
    [100_000, 80_000],
    [300_000, 240_000],
    [600_000, 540_000],
  ])('of an exam of %i ms is %i ms', (windowMs, askedMs) => {
    expect(askUntilMs({ startsAtMs: 5, endsAtMs: 5 + windowMs })).toBe(5 + askedMs);
  });
});

describe('the gap before a question', () => {
  const anyTime = fc.double({ min: -1_000, max: 1e9, noNaN: true });
  const anyShare = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const anyCount = fc.integer({ min: 1, max: 200 });
  const anyUsual = fc.option(fc.double({ min: 0, max: LONGEST_MS, noNaN: true }), { nil: undefined });

  it('is never negative, and leaves the time that each question may take if there is so much', () => {
    fc.assert(
      fc.property(anyTime, anyCount, anyShare, anyUsual, (leftMs, count, random, usualMs) => {
        const gap = gapMs({ leftMs, count, longestMs: LONGEST_MS, usualMs }, random);
        expect(gap).toBeGreaterThanOrEqual(0);
        if (leftMs >= count * LONGEST_MS)
          expect(leftMs - gap).toBeGreaterThanOrEqual(count * LONGEST_MS - 1e-6);
      }),
    );
  });

  it('leaves half of the time before the first answer, and what the others will take after it', () => {
    fc.assert(
      fc.property(anyTime, anyCount, anyShare, anyUsual, (leftMs, count, random, usualMs) => {
        const gap = gapMs({ leftMs, count, longestMs: LONGEST_MS, usualMs }, random);
        const kept = usualMs === undefined ? leftMs / 2 : count * usualMs;
        if (kept <= leftMs && leftMs < count * LONGEST_MS)
          expect(leftMs - gap).toBeGreaterThanOrEqual(kept - 1e-6);
      }),
    );
  });

  it.each([0, 3_000, LONGEST_MS])(
    'lets every question be put in time if each answer takes %i ms',
    (answerMs) => {
      for (let seed = 0; seed < 50; seed++)
        expect(moments(540_000, 20, () => answerMs, seeded(seed)).endMs).toBeLessThanOrEqual(540_000);
    },
  );

  it('lets every question be put in time if there is time for all as they are answered, and not as they may be', () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = seeded(seed);
      // 20 answers of 1 to 2 seconds in 48: 30 seconds on average, and they may take 400.
      expect(moments(48_000, 20, () => 1_000 + 1_000 * random(), random).endMs).toBeLessThanOrEqual(48_000);
    }
  });

  it('spreads the questions over the time, with no rhythm and not all at once', () => {
    const halves = { first: 0, second: 0 };
    const gaps: number[] = [];
    for (let seed = 0; seed < 200; seed++) {
      const { asked } = moments(540_000, 10, () => 0, seeded(seed));
      for (const [at, askedMs] of asked.entries()) {
        halves[askedMs < 270_000 ? 'first' : 'second'] += 1;
        if (at > 0) gaps.push(askedMs - (asked[at - 1] ?? 0));
      }
    }
    // 2,000 moments: the standard deviation of the share of one half is 1.1 %.
    expect(Math.abs(halves.first / 2_000 - 0.5)).toBeLessThan(0.05);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    // Gaps of independent moments are nearly exponential: their deviation is about their mean.
    expect(deviation / mean).toBeGreaterThan(0.7);
    expect(deviation / mean).toBeLessThan(1.3);
  });

  it('is nothing if no time is left', () => {
    for (const leftMs of [0, -5])
      for (const usualMs of [undefined, 0, 300])
        expect(gapMs({ leftMs, count: 3, longestMs: LONGEST_MS, usualMs }, 0.9)).toBe(0);
  });
});
