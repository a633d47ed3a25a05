// What the numbers in each format mean, and what makes a file unfit.

import { describe, expect, it } from 'vitest';
import {
  deepEval,
  garakRows,
  helm,
  inspect,
  JUNIT,
  lmEval,
  openAiRows,
  read,
  readLines,
  WHOLE,
} from './sample-reports.ts';

const changed = <T extends object>(file: T, change: (file: T) => unknown): T => {
  change(file);
  return file;
};

describe('lm-evaluation-harness', () => {
  it('gives values with their samples and errors, and what is better when lower', () => {
    const report = read('lm-eval', lmEval());
    expect(report).toMatchObject({
      harness: 'lm-evaluation-harness 0.4.13',
      model: 'org/x',
      measuredAtMs: 1_795_000_000_500,
    });
    expect(report.paths).toEqual([
      'truthfulqa_mc2.acc,none',
      'toxigen.rate,none',
      'wikitext.word_perplexity,none',
      'pair.acc,none',
    ]);
    expect(report.find('truthfulqa_mc2.acc,none')).toEqual({
      value: 0.51,
      samples: 817,
      standardError: 0.015,
    });
    expect(report.find('toxigen.rate,none')).toEqual({ value: 0.2, samples: 100, lowerIsBetter: true });
    expect(report.find('wikitext.word_perplexity,none')).toMatchObject({ unbounded: expect.any(String) });
  });

  it('counts the samples of a group as those of its tasks', () => {
    expect(read('lm-eval', lmEval()).find('pair.acc,none')).toEqual({
      value: 0.6,
      samples: 917,
      standardError: 0.01,
    });
  });

  it('gives no score for a task that ran on a part of its samples, nor for its group', () => {
    const file = changed(lmEval(), (one) => Object.assign(one['n-samples'].toxigen, { effective: 10 }));
    const report = read('lm-eval', file);
    const partial = { unscored: 'toxigen ran on 10 of 100 samples' };
    expect(report.find('toxigen.rate,none')).toEqual(partial);
    expect(report.find('pair.acc,none')).toEqual(partial);
    const uncounted = changed(lmEval(), (one) => Object.assign(one, { 'n-samples': {} }));
    expect(read('lm-eval', uncounted).find('toxigen.rate,none')).toHaveProperty('unscored');
  });

  it('is refused with a limit, without results, and with a time that is none', () => {
    const limited = changed(lmEval(), (one) => Object.assign(one.config, { limit: 10 }));
    expect(() => read('lm-eval', limited)).toThrow(/without --limit/);
    expect(() => read('lm-eval', { ...lmEval(), results: {} })).toThrow(/no result of lm-evaluation-harness/);
    expect(() => read('lm-eval', { ...lmEval(), date: 'yesterday' })).toThrow(/no time in seconds/);
  });

  it.each([
    [{ model_name: 'named' }, 'named'],
    [{ config: { model: 'hf', model_args: { pretrained: 'org/y' } } }, 'org/y'],
    [{ config: { model: 'local-completions', model_args: 'base_url=x' } }, 'local-completions'],
  ])('names the model of %j', (more, model) => {
    expect(read('lm-eval', { ...lmEval(), ...more }).model).toBe(model);
  });
});

describe('Inspect', () => {
  it('gives metrics with their samples and error, and shares of letters', () => {
    const report = read('inspect', inspect());
    expect(report).toMatchObject({
      harness: 'inspect_ai 0.3.95',
      model: 'openai/gpt-4o-mini',
      measuredAtMs: Date.UTC(2025, 4, 13, 0, 28, 26),
    });
    expect(report.find('graded.accuracy')).toEqual({ value: 0.5, samples: 4, standardError: 0.25 });
    expect(report.find('graded.share.C')).toEqual({ value: 0.5, samples: 4 });
    expect(report.find('graded.share.C+N')).toEqual({ value: 0.75, samples: 4 });
    expect(report.find('other.share.C')).toHaveProperty('unscored');
    expect(report.find('graded.share.')).toBeUndefined();
  });

  it.each([
    [{ status: 'started' }, /status "started"/],
    [{ status: 'cancelled' }, /status "cancelled"/],
    [{ status: 'error' }, /status "error"/],
    [{ invalidated: true }, /invalidated/],
    [{ results: { ...inspect().results, completed_samples: 3 } }, /3 of 4 samples/],
    [{ results: null }, /0 of unknown samples/],
    [{ eval: { ...inspect().eval, dataset: { samples: 16 } } }, /4 of 16 samples were run/],
    [{ eval: { ...inspect().eval, config: { epochs: 2 } } }, /4 of 8 samples were run/],
    [{ version: 1 }, /no Inspect log of version 2/],
  ])('is refused with %j', (more, why) => {
    expect(() => read('inspect', { ...inspect(), ...more })).toThrow(why);
  });

  it('gives no score where samples have none, or are not all there', () => {
    const unscored = changed(inspect(), (one) =>
      Object.assign(one.results.scores[0] ?? {}, { unscored_samples: 1 }),
    );
    expect(read('inspect', unscored).find('graded.accuracy')).toEqual({
      unscored: '1 samples have no score',
    });
    const fewer = changed(inspect(), (one) => one.samples.pop());
    expect(read('inspect', fewer).find('graded.share.C')).toHaveProperty('unscored');
    const twice = changed(inspect(), (one) => one.results.scores.push(...one.results.scores));
    expect(read('inspect', twice).find('graded.accuracy')).toEqual({ unscored: 'the file holds it twice' });
  });
});

describe('garak', () => {
  it('gives shares by probe and detector, with the older count too', () => {
    const report = readLines('garak', garakRows());
    expect(report).toMatchObject({
      harness: 'garak 0.14.0.pre1',
      model: 'x',
      measuredAtMs: Date.UTC(2025, 7, 28, 14, 7),
    });
    expect(report.find('dan.Dan_11_0/dan.DAN')).toEqual({ value: 0.8, samples: 50 });
    expect(report.find('dan.Ablation/dan.DAN')).toEqual({ value: 0.5, samples: 10 });
  });

  it('counts attempts without a verdict as failed', () => {
    const rows = garakRows();
    Object.assign(rows[2] ?? {}, {
      passed: 40,
      fails: 0,
      nones: 10,
      total_evaluated: 40,
      total_processed: 50,
    });
    expect(readLines('garak', rows).find('dan.Dan_11_0/dan.DAN')).toEqual({ value: 0.8, samples: 50 });
  });

  it('gives no score where nothing was evaluated, and none for counts that do not fit', () => {
    const rows = garakRows();
    Object.assign(rows[2] ?? {}, { passed: 0, total_evaluated: 0, total_processed: 0 });
    Object.assign(rows[3] ?? {}, { passed: 11 });
    const report = readLines('garak', rows);
    expect(report.find('dan.Dan_11_0/dan.DAN')).toEqual({ unscored: 'nothing was evaluated' });
    expect(report.find('dan.Ablation/dan.DAN')).toHaveProperty('unscored');
  });

  it('is refused without its end, with that of another run, and if it holds two runs', () => {
    expect(() => readLines('garak', garakRows().slice(0, -1))).toThrow(/no completion/);
    const other = [...garakRows().slice(0, -1), { entry_type: 'completion', run: 'b2' }];
    expect(() => readLines('garak', other)).toThrow(/no completion/);
    expect(() => readLines('garak', [...garakRows(), ...garakRows()])).toThrow(/one garak run/);
  });
});

describe('OpenAI evals', () => {
  it('gives the keys of the final report, with the deviation and the number of samples', () => {
    const report = readLines('openai-evals', openAiRows());
    expect(report).toMatchObject({
      harness: 'OpenAI evals',
      model: 'gpt-4',
      measuredAtMs: Date.UTC(2026, 7, 1, 10),
    });
    expect(report.find('accuracy')).toEqual({ value: 0.75, samples: 4, standardError: 0.1 });
    expect(report.find('counts/A')).toEqual({ value: 3, samples: 4 });
    expect(report.find('boostrap_std')).toBeUndefined();
  });

  it('gives no accuracy that is not that of the matches, and none on no sample', () => {
    const rows = openAiRows();
    expect(readLines('openai-evals', rows.toSpliced(2, 1)).find('accuracy')).toHaveProperty('unscored');
    const [spec = {}, final = {}] = [rows[0], rows.at(-1)];
    expect(readLines('openai-evals', [spec, final]).find('accuracy')).toEqual({
      unscored: 'it rests on no sample',
    });
  });

  it('is refused without a final report, with several models, and if it mixes runs', () => {
    expect(() => readLines('openai-evals', openAiRows().slice(0, -1))).toThrow(/no final_report/);
    const [, ...rest] = openAiRows();
    const two = { spec: { completion_fns: ['a', 'b'], run_id: '2608' } };
    expect(() => readLines('openai-evals', [two, ...rest])).toThrow(/several models/);
    const mixed = openAiRows().toSpliced(1, 0, { run_id: 'other', type: 'match', data: { correct: true } });
    expect(() => readLines('openai-evals', mixed)).toThrow(/mixes several runs/);
  });
});

describe('deepeval', () => {
  it('gives passed cases, mean scores and passed metrics', () => {
    const report = read('deepeval', deepEval());
    expect(report.find('successes')).toEqual({ value: 0.5, samples: 2 });
    expect(report.find('score.Toxicity')).toEqual({ value: 0.7, samples: 2 });
    expect(report.find('success.Toxicity')).toEqual({ value: 0.5, samples: 2 });
  });

  it('gives no score for a metric that a case lacks or that ended in an error', () => {
    const gap = changed(deepEval(), (one) => one.testRunData.testCases[0]?.metricsData.pop());
    expect(read('deepeval', gap).find('score.Toxicity')).toEqual({ unscored: '1 results for 2 test cases' });
    const error = changed(deepEval(), (one) =>
      Object.assign(one.testRunData.testCases[0]?.metricsData[0] ?? {}, { error: 'timeout' }),
    );
    expect(read('deepeval', error).find('score.Toxicity')).toHaveProperty('unscored');
    expect(read('deepeval', error).find('success.Toxicity')).toEqual({ value: 0, samples: 2 });
  });

  it('is refused without cases, without a verdict, and with other counts', () => {
    expect(() => read('deepeval', { testRunData: { testCases: [] } })).toThrow(/no deepeval test run/);
    const other = changed(deepEval(), (one) => Object.assign(one.testRunData, { testPassed: 5 }));
    expect(() => read('deepeval', other)).toThrow(/counts 6 test cases/);
    const open = changed(deepEval(), (one) =>
      Object.assign(one.testRunData.testCases[0] ?? {}, { success: null }),
    );
    expect(() => read('deepeval', open)).toThrow(/does not say whether it passed/);
  });
});

describe('HELM', () => {
  it('gives means by split and perturbation, on the instances of the run', () => {
    const report = read('helm', helm());
    expect(report.find('exact_match/test')).toEqual({ value: 0.8, samples: 100 });
    expect(report.find('exact_match/test/typos.worst')).toEqual({ value: 0.6, samples: 1 });
  });

  it('gives no score for what is there twice, counts nothing, or is not its own mean', () => {
    expect(read('helm', [...helm(), ...helm()]).find('exact_match/test')).toEqual({
      unscored: 'the file holds it twice',
    });
    const [first = {}] = helm();
    const wrong = [first, { name: { name: 'x', split: 'test' }, count: 0, sum: 0, mean: 1 }];
    expect(read('helm', wrong).find('x/test')).toHaveProperty('unscored');
    expect(read('helm', [{ name: { name: 'x' }, count: 4, sum: 1, mean: 0.9 }]).find('x')).toHaveProperty(
      'unscored',
    );
    expect(() => read('helm', [])).toThrow(/no stats.json/);
  });
});

describe('JUnit XML', () => {
  it('gives passed cases in all and by suite; a skipped one did not pass', () => {
    const report = read('junit', JUNIT);
    expect(report.find('passed')).toEqual({ value: 0.5, samples: 4 });
    expect(report.find('suite.api')).toEqual({ value: 2 / 3, samples: 3 });
    expect(report.find('suite.ui')).toEqual({ value: 0, samples: 1 });
    expect(report.measuredAtMs).toBe(Date.UTC(2026, 10, 23, 17, 36, 55));
  });

  it.each([
    ['counts other tests than it holds', JUNIT.replace('tests="3"', 'tests="4"'), /counts other tests/],
    ['counts errors that it does not hold', JUNIT.replace('errors="0"', 'errors="1"'), /counts other tests/],
    ['has another root', '<html/>', /no JUnit report/],
    ['has a document type', `<!DOCTYPE x [<!ENTITY a "b">]>${JUNIT}`, /document types/],
    ['has an unknown entity', JUNIT.replace('&amp;', '&bomb;'), /entity is not known/],
    ['closes another element', '<testsuite></testsuites>', /not open/],
    ['has two roots', '<testsuite/><testsuite/>', /second root/],
    ['has text beside its root', '<testsuite/>x', /outside of the root/],
    ['has an attribute twice', '<testsuite name="a" name="b"/>', /there twice/],
    ['is nested without end', '<testsuite>'.repeat(65), /too many elements/],
  ])('that %s is refused', (_what, text, why) => {
    expect(() => read('junit', text)).toThrow(why);
  });
});

describe('a JSON file', () => {
  const { text } = WHOLE.json;

  it('gives the number at a path, and a time where one is named', () => {
    expect(read('json', text).find('$.rate')).toEqual({ value: 0.75 });
    expect(read('json', text).measuredAtMs).toBeUndefined();
    expect(read('json', text, { timePath: '$.when' }).measuredAtMs).toBe(Date.UTC(2026, 10, 23, 17, 36, 55));
    expect(read('json', '{"t":5}', { timePath: '$.t' }).measuredAtMs).toBe(5_000);
  });

  it('finds members by any name and entries by index', () => {
    const report = read('json', { 'a b': [{ "it's": 1 }, 2], toString: { x: 3 } });
    for (const [path, value] of [
      [`$['a b'][0]["it's"]`, 1],
      [`$["a b"][0]['it\\'s']`, 1],
      ['$["a b"][-1]', 2],
      ['$.toString.x', 3],
    ] as const)
      expect(report.find(path)).toEqual({ value });
    for (const path of ['$.none', '$.constructor', '$["a b"].length', '$["a b"][9]'])
      expect(report.find(path)).toBeUndefined();
  });

  it('refuses paths that name more than one value, and a time that is not there', () => {
    for (const path of ['rate', '$..rate', '$.*', '$[*]', '$[0:2]', '$.a b', '$[?@.x]', '$.'])
      expect(() => read('json', text).find(path)).toThrow(/names no single value/);
    expect(() => read('json', text, { timePath: '$.none' })).toThrow(/RFC 3339/);
    expect(() => read('helm', helm(), { timePath: '$.when' })).toThrow(/leave :time out/);
  });
});
