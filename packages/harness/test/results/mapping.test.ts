// The mapping language, and the scores that it makes of measures.

import { type Measure, mapReport, parseMapping, type Report, splitMapping } from '@mesh/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const reportOf = (measures: Record<string, Measure>, more: Partial<Report> = {}): Report => ({
  harness: 'x',
  paths: Object.keys(measures),
  find: (path) => (Object.hasOwn(measures, path) ? measures[path] : undefined),
  ...more,
});
const overall = (measure: Measure, rule = 'a', more: Partial<Report> = {}) =>
  mapReport(reportOf({ a: measure }, more), parseMapping({ overall: rule }).rules)[0];

describe('parseMapping', () => {
  it('reads a path, the values that are 0 and 1, and the fewest samples', () => {
    const { rules, timePath } = parseMapping({
      overall: 'successes',
      refusal: 'namedScores.refusal#10',
      latency: '$.p99@2..0.5',
      errors: 'sum(rate(x{code=~"5.."}[5m])) / 3 @0.05..0#100',
      'errors:samples': 'sum(increase(x[5m]))',
      odd: 'a@b#c@1..2x',
      ':time': '$.when',
    });
    expect(rules).toEqual([
      { dimension: 'overall', path: 'successes' },
      { dimension: 'refusal', path: 'namedScores.refusal', minSamples: 10 },
      { dimension: 'latency', path: '$.p99', bounds: { worst: 2, best: 0.5 } },
      {
        dimension: 'errors',
        path: 'sum(rate(x{code=~"5.."}[5m])) / 3 ',
        bounds: { worst: 0.05, best: 0 },
        minSamples: 100,
        samplesPath: 'sum(increase(x[5m]))',
      },
      { dimension: 'odd', path: 'a@b#c@1..2x' },
    ]);
    expect(timePath).toBe('$.when');
  });

  it.each([
    [{ refusal: 'a' }, /"overall" is refused: it is missing/],
    [{ overall: '' }, /its path is empty/],
    [{ overall: ' @0..1' }, /its path is empty/],
    [{ overall: 'a@1..1' }, /worst and best value are the same/],
    [{ overall: 'a#0' }, /at least one sample/],
    [{ overall: 'a', 'Big Name': 'b' }, /a score is named with a-z/],
    [{ overall: 'a', 'other:samples': 'b' }, /there is no score of this name/],
    [
      Object.fromEntries(['overall', ...Array.from({ length: 64 }, (_v, i) => `s${i}`)].map((n) => [n, 'a'])),
      /more than 64/,
    ],
  ])('refuses %j', (entries, why) => {
    expect(() => parseMapping(entries as Record<string, string>)).toThrow(why);
  });
});

describe('splitMapping', () => {
  it('splits at commas that a name follows, so that a filter keeps its own', () => {
    expect(
      splitMapping(['overall=a.acc,none,truth=b.mc2,none#3', 'overall:samples=c,:time=$.t'], true),
    ).toEqual({
      overall: 'a.acc,none',
      truth: 'b.mc2,none#3',
      'overall:samples': 'c',
      ':time': '$.t',
    });
    expect(splitMapping(['overall=sum(x{a="1",code="5"})'], false)).toEqual({
      overall: 'sum(x{a="1",code="5"})',
    });
  });

  it.each([
    ['successes', /write NAME=PATH/],
    ['overall=', /write NAME=PATH/],
    ['overall=a,overall=b', /there twice/],
  ])('refuses %s', (text, why) => {
    expect(() => splitMapping([text], true)).toThrow(why);
  });
});

describe('mapReport', () => {
  it('takes a share as it is, and turns one that is better when lower', () => {
    expect(overall({ value: 0.25, samples: 8, standardError: 0.1 })).toEqual({
      dimension: 'overall',
      path: 'a',
      score: 0.25,
      samples: 8,
      standardError: 0.1,
    });
    expect(overall({ value: 0.25, lowerIsBetter: true })).toMatchObject({ score: 0.75 });
  });

  it('scales by its bounds in either direction, and ends at 0 and 1', () => {
    for (const [value, score] of [
      [2, 0],
      [9, 0],
      [1.25, 0.5],
      [0.5, 1],
      [0, 1],
    ] as const)
      expect(overall({ value }, 'a@2..0.5')).toMatchObject({ score });
    expect(overall({ value: 75, standardError: 10 }, 'a@50..100')).toMatchObject({
      score: 0.5,
      standardError: 0.2,
    });
    // The bounds say which direction is better.
    expect(overall({ value: 0.25, lowerIsBetter: true }, 'a@0..1')).toMatchObject({ score: 0.25 });
  });

  it.each([
    [{ value: 1.5 }, 'a', /no share from 0 to 1/],
    [{ value: -0.1 }, 'a', /no share from 0 to 1/],
    [{ value: 0.9, unbounded: 'perplexity' }, 'a', /perplexity: say which values/],
    [{ value: 0.9 }, 'b', /holds nothing at "b"/],
    [{ value: 0.9 }, 'b*', /holds nothing at "b\*"/],
    [{ value: 0.9, samples: 9 }, 'a#10', /9 samples, and 10/],
    [{ value: 0.9 }, 'a#10', /an unknown number of samples/],
    [{ value: Number.NaN }, 'a@0..1', /no finite number/],
    [{ unscored: 'why not' }, 'a', /why not/],
  ])('gives no score for %j by %s', (measure, rule, why) => {
    expect(overall(measure as Measure, rule)).toEqual({
      dimension: 'overall',
      path: expect.any(String),
      unscored: expect.stringMatching(why),
    });
  });

  it('asks for a number of samples where nothing shows the end of the file', () => {
    expect(overall({ value: 1, samples: 9 }, 'a', { endless: true })).toHaveProperty('unscored');
    expect(overall({ value: 1, samples: 9 }, 'a#9', { endless: true })).toMatchObject({ score: 1 });
  });

  it('takes samples from where the mapping says, or gives no score', () => {
    const mapped = (count: Measure | undefined) =>
      mapReport(
        reportOf({ a: { value: 0.5 }, ...(count === undefined ? {} : { n: count }) }),
        parseMapping({ overall: 'a#10', 'overall:samples': 'n' }).rules,
      )[0];
    expect(mapped({ value: 40.7 })).toMatchObject({ score: 0.5, samples: 40 });
    for (const count of [undefined, { value: 0 }, { value: -1 }, { value: 1e300 }, { unscored: 'x' }])
      expect(mapped(count)).toHaveProperty('unscored');
  });

  it('takes the lowest of a group, with the fewest samples; one without a score spoils it', () => {
    const group = {
      'dan.a': { value: 0.9, samples: 5 },
      'dan.b': { value: 0.4, samples: 50 },
      other: { value: 0 },
    };
    const { rules } = parseMapping({ overall: 'dan.*' });
    expect(mapReport(reportOf(group), rules)).toMatchObject([{ score: 0.4, samples: 5 }]);
    expect(mapReport(reportOf({ ...group, 'dan.c': { unscored: 'nothing' } }), rules)).toMatchObject([
      { unscored: 'nothing' },
    ]);
  });

  it('never gives a score outside of 0 to 1, whatever value and bounds are', () => {
    const any = fc.double();
    const bound = fc.double({ min: -1e100, max: 1e100, noNaN: true });
    fc.assert(
      fc.property(any, bound, bound, (value, worst, best) => {
        fc.pre(worst !== best);
        const [mapped] = mapReport(reportOf({ a: { value } }), [
          { dimension: 'overall', path: 'a', bounds: { worst, best } },
        ]);
        if (mapped !== undefined && 'score' in mapped)
          expect(mapped.score >= 0 && mapped.score <= 1).toBe(true);
        else expect(Number.isFinite(value)).toBe(false);
      }),
    );
  });
});
