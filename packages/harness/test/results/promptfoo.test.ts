// promptfoo's files: real ones of version 0.123.1, and what their numbers mean.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mapReport, parseMapping, readReport } from '@mesh/harness';
import { describe, expect, it } from 'vitest';
import { erroredRow, promptfoo, promptfooRow, promptfooTwo, read, readLines } from './sample-reports.ts';

const real = (name: string) => readFileSync(join(import.meta.dirname, `../fixtures/promptfoo/${name}.json`));
const all = parseMapping({
  overall: 'successes',
  honesty: 'namedScores.honesty',
  policy: 'namedScores.policy',
  refusal: 'namedScores.refusal',
});
const valuesIn = (name: string, model?: string) =>
  mapReport(readReport('promptfoo', real(name), { model }), all.rules).map((one) =>
    'unscored' in one ? one.unscored : [one.score, one.samples],
  );

describe('a real file', () => {
  it('gives weighted means and the harness, its version, the provider and the time', () => {
    expect(valuesIn('good')).toEqual([
      [33 / 36, 36],
      [1, 12],
      [1, 12],
      [0.75, 12],
    ]);
    expect(readReport('promptfoo', real('good'))).toMatchObject({
      harness: 'promptfoo 0.123.1',
      model: 'assistant-good',
      measuredAtMs: Date.UTC(2026, 10, 23, 17, 56, 30, 950),
    });
  });

  it('with an errored row counts that row as 0, which the sums of promptfoo leave out', () => {
    const sums = JSON.parse(real('bad').toString()).results.prompts[0].metrics;
    expect([sums.namedScores.honesty, sums.namedScoreWeights.honesty]).toEqual([2, 11]);
    expect(valuesIn('bad')).toEqual([
      [7 / 36, 36],
      [2 / 12, 12],
      [3 / 12, 12],
      [2 / 12, 12],
    ]);
  });

  it('about several providers is refused until one is named, and then only its rows count', () => {
    expect(() => valuesIn('two-providers')).toThrow(/several providers \(assistant-\w+, assistant-\w+\)/);
    expect(valuesIn('two-providers', 'assistant-good')?.[0]).toEqual([1, 6]);
    expect(valuesIn('two-providers', 'assistant-bad')?.[0]).toEqual([1 / 6, 6]);
    expect(() => valuesIn('two-providers', 'file://assistant.cjs')).toThrow(/is asked for/);
  });

  it('that is cut off anywhere is refused', () => {
    const whole = real('good').subarray(0, real('good').toString().trimEnd().length);
    for (let length = 0; length < whole.length; length += 1_201)
      expect(() => readReport('promptfoo', whole.subarray(0, length)), `at ${length}`).toThrow();
  });
});

describe('a file', () => {
  it('of version 2 is read like one of version 3', () => {
    const measures = read('promptfoo', promptfooTwo());
    expect(measures.find('successes')).toEqual({ value: 0.75, samples: 4 });
    expect(measures.find('namedScores.honesty')).toEqual({ value: 0.75, samples: 4 });
    expect(measures.harness).toBe('promptfoo of unknown version');
  });

  it('divides named scores by their weights, not by their count', () => {
    // Three of six: dividing by the count of assertions would give 1.
    const rows = [promptfooRow(0, 1), promptfooRow(1, 0)].map((row) => ({
      ...row,
      gradingResult: { namedScoreWeights: { honesty: 3 } },
    }));
    const file = promptfoo(rows);
    Object.assign(file.results.prompts[0] ?? {}, {
      metrics: {
        namedScores: { honesty: 3 },
        namedScoresCount: { honesty: 3 },
        namedScoreWeights: { honesty: 6 },
      },
    });
    expect(read('promptfoo', file).find('namedScores.honesty')).toEqual({ value: 0.5, samples: 2 });
  });

  it('counts red-team rows by plugin, an errored one as not passed', () => {
    const report = read('promptfoo', promptfoo([promptfooRow(0, 1), promptfooRow(1, 0), erroredRow(2)]));
    expect(report.find('redteam.pii')).toEqual({ value: 1 / 3, samples: 3 });
  });

  it('whose errored row has metrics that are no plain names gives no named score', () => {
    for (const assert of [[{ type: 'equals', metric: '{{kind}}' }], [{ type: 'assert-set', assert: [] }]]) {
      const report = read('promptfoo', promptfoo([promptfooRow(0, 1), erroredRow(1, assert)]));
      expect(report.find('namedScores.honesty')).toEqual({
        unscored: expect.stringContaining('ended in an error'),
      });
      expect(report.find('successes')).toEqual({ value: 0.5, samples: 2 });
    }
  });

  it('whose rows lack a score for a metric, or disagree with its sums, gives none for it', () => {
    const gap = promptfoo([promptfooRow(0, 1), promptfooRow(1, 1, { namedScores: {} })]);
    expect(read('promptfoo', gap).find('namedScores.honesty')).toEqual({
      unscored: 'a row has no score for it',
    });
    const other = promptfoo();
    Object.assign(other.results.prompts[0]?.metrics.namedScores ?? {}, { honesty: 8 });
    expect(read('promptfoo', other).find('namedScores.honesty')).toEqual({
      unscored: "its rows and promptfoo's own sums disagree",
    });
  });

  it.each([
    [
      'counts more rows than it holds',
      (file: ReturnType<typeof promptfoo>) =>
        Object.assign(file.results, { results: file.results.results.toSpliced(1, 1) }),
    ],
    [
      'counts another number of successes',
      (file: ReturnType<typeof promptfoo>) =>
        Object.assign(file.results.stats, { successes: 4, failures: 0 }),
    ],
    ['has no counts', (file: ReturnType<typeof promptfoo>) => Object.assign(file.results, { stats: {} })],
    ['has no rows', () => promptfoo([])],
    [
      'is of another version',
      (file: ReturnType<typeof promptfoo>) => Object.assign(file.results, { version: 9 }),
    ],
    [
      'has a time that is none',
      (file: ReturnType<typeof promptfoo>) => Object.assign(file.results, { timestamp: 'now' }),
    ],
    [
      'has a row without a verdict',
      (file: ReturnType<typeof promptfoo>) =>
        Object.assign(file.results.results[2] ?? {}, { success: undefined }),
    ],
    [
      'misses a test in between',
      (file: ReturnType<typeof promptfoo>) => Object.assign(file.results.results[3] ?? {}, { testIdx: 7 }),
    ],
  ])('that %s is refused as a whole', (_what, change) => {
    const file = promptfoo();
    const changed = change(file);
    const content = 'evalId' in changed ? changed : file;
    expect(() => read('promptfoo', content)).toThrow(/run promptfoo eval again|version 2 or 3|RFC 3339/);
  });
});

describe('bare rows (.jsonl)', () => {
  const rows = [promptfooRow(0, 1), promptfooRow(1, 1), promptfooRow(2, 0)];
  const mapped = (path: string, some: readonly object[]) =>
    mapReport(readLines('promptfoo', some), parseMapping({ overall: path }).rules)[0];

  it('give a score if they are as many as the mapping asks for', () => {
    expect(mapped('successes#3', rows)).toMatchObject({ score: 2 / 3, samples: 3 });
    expect(mapped('namedScores.honesty#3', rows)).toMatchObject({ score: 2 / 3, samples: 3 });
  });

  it('give none without that number, or when the last ones are missing', () => {
    expect(mapped('successes', rows)).toMatchObject({ unscored: expect.stringContaining('#SAMPLES') });
    expect(mapped('successes#3', rows.slice(0, 2))).toMatchObject({
      unscored: 'it rests on 2 samples, and 3 are asked for',
    });
  });
});
