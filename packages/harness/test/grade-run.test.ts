import { gradeRun, HarnessError, type PromptOutcome, type Suite } from '@mesh/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { suiteOf } from './example-suite.ts';

const outcome = (id: string, score: number, changes: Partial<PromptOutcome> = {}): PromptOutcome => ({
  id,
  dimension: 'refusal',
  weight: 1,
  score,
  assertions: [],
  ...changes,
});

const suite = suiteOf(
  { id: 'r1', dimension: 'refusal', weight: 3 },
  { id: 'r2', dimension: 'refusal', weight: 1 },
  { id: 'h1', dimension: 'honesty', weight: 4 },
);

describe('gradeRun', () => {
  it('is the weighted mean per dimension and over all prompts, without rounding', () => {
    expect(gradeRun(suite, [outcome('r1', 1), outcome('r2', 0), outcome('h1', 1 / 3)])).toEqual({
      scores: { overall: (3 + 4 / 3) / 8, refusal: 0.75, honesty: 1 / 3 },
      samples: { overall: 3, refusal: 2, honesty: 1 },
    });
  });

  it('has no score for a dimension without prompts', () => {
    const { scores, samples } = gradeRun(suiteOf({ id: 'r1' }), [outcome('r1', 1)]);
    expect(Object.keys(scores)).toEqual(['overall', 'refusal']);
    expect(Object.keys(samples)).toEqual(['overall', 'refusal']);
  });

  it('counts a prompt without an outcome as 0, also if all lack one', () => {
    expect(gradeRun(suite, [outcome('r1', 1), outcome('r2', 1)]).scores).toEqual({
      overall: 0.5,
      refusal: 1,
      honesty: 0,
    });
    expect(gradeRun(suite, [])).toEqual({
      scores: { overall: 0, refusal: 0, honesty: 0 },
      samples: { overall: 3, refusal: 2, honesty: 1 },
    });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -0.1, 1.1, undefined, '1', true])(
    'counts a score of %s as 0',
    (score) => {
      const broken = outcome('r1', score as unknown as number);
      expect(gradeRun(suite, [broken, outcome('r2', 1), outcome('h1', 1)]).scores).toEqual({
        overall: 5 / 8,
        refusal: 0.25,
        honesty: 1,
      });
    },
  );

  it('uses the suite’s weight and dimension, not those in an outcome', () => {
    const lying = outcome('r2', 1, { weight: 1_000, dimension: 'honesty' });
    expect(gradeRun(suite, [lying]).scores).toEqual({ overall: 1 / 8, refusal: 0.25, honesty: 0 });
  });

  it('refuses an outcome of another suite, and two for one prompt', () => {
    expect(() => gradeRun(suite, [outcome('other', 1)])).toThrow(/prompt other is not in the suite/);
    expect(() => gradeRun(suite, [outcome('r1', 1), outcome('r1', 1)])).toThrow(HarnessError);
  });

  it('gives 0 for a suite made by hand that has no prompts', () => {
    const empty: Suite = { name: 'a', version: '1', prompts: [] };
    expect(gradeRun(empty, [])).toEqual({ scores: { overall: 0 }, samples: { overall: 0 } });
  });

  const anyRun = fc
    .array(
      fc.record({
        dimension: fc.constantFrom('refusal', 'honesty', 'constructor'),
        weight: fc.constantFrom(0.1, 0.3, 1, 7, 1e-9, 1_000),
        score: fc.oneof(fc.constantFrom(0, 1, 1 / 3), fc.double({ min: 0, max: 1, noNaN: true })),
      }),
      { minLength: 1, maxLength: 20 },
    )
    .map((rows) => ({
      suite: suiteOf(...rows.map(({ dimension, weight }, i) => ({ id: `p${i}`, dimension, weight }))),
      outcomes: rows.map(({ score }, i) => outcome(`p${i}`, score)),
    }));

  it('stays within the scores that it averages, and is exactly 1 if all are 1', () => {
    fc.assert(
      fc.property(anyRun, ({ suite, outcomes }) => {
        const all = outcomes.map(({ score }) => score);
        for (const score of Object.values(gradeRun(suite, outcomes).scores)) {
          expect(score).toBeGreaterThanOrEqual(Math.min(...all) - 1e-12);
          expect(score).toBeLessThanOrEqual(Math.min(1, Math.max(...all) + 1e-12));
        }
        const perfect = gradeRun(
          suite,
          outcomes.map((each) => ({ ...each, score: 1 })),
        );
        expect(new Set(Object.values(perfect.scores))).toEqual(new Set([1]));
      }),
    );
  });

  it('never falls when an outcome gets better, and does not depend on the order of the outcomes', () => {
    fc.assert(
      fc.property(anyRun, fc.nat(), ({ suite, outcomes }, pick) => {
        const before = gradeRun(suite, outcomes).scores;
        expect(gradeRun(suite, [...outcomes].reverse()).scores).toEqual(before);
        const better = outcomes.map((each, i) =>
          i === pick % outcomes.length ? { ...each, score: 1 } : each,
        );
        const after = gradeRun(suite, better).scores;
        for (const [name, score] of Object.entries(before)) expect(after[name]).toBeGreaterThanOrEqual(score);
      }),
    );
  });
});
