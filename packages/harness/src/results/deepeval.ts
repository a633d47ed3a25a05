// deepeval (`.deepeval/.latest_test_run.json`).
//
//   successes       test cases that passed / test cases
//   score.METRIC    mean score of a metric, which every test case must have
//   success.METRIC  share of the test cases that passed it

import type { JsonValue } from '@mesh/primitives';
import { at, countAt, listAt, numberAt, textAt } from '../json-fields.ts';
import { type Measure, scored, share } from './measure.ts';
import { type Report, reportOf, unfit } from './report.ts';
import { parseReportJson } from './report-json.ts';

export function readDeepEval(text: string): Report {
  const run = at(parseReportJson(text), 'testRunData');
  const cases = [...listAt(run, 'testCases'), ...listAt(run, 'conversationalTestCases')];
  if (run === undefined || cases.length === 0)
    throw unfit('this is no deepeval test run with test cases: give its .latest_test_run.json');
  const verdicts = cases.map((one) => at(one, 'success'));
  if (verdicts.some((verdict) => typeof verdict !== 'boolean'))
    throw unfit('a test case does not say whether it passed: run the tests again');
  const [passed, failed] = [countAt(run, 'testPassed'), countAt(run, 'testFailed')];
  const seen = verdicts.filter((verdict) => verdict === true).length;
  if (passed !== undefined && failed !== undefined && (passed !== seen || passed + failed !== cases.length))
    throw unfit(
      `the run counts ${passed + failed} test cases and holds ${cases.length}: run the tests again`,
    );
  const measures = new Map<string, Measure>([['successes', share(seen, cases.length)]]);
  for (const name of metricNames(cases)) {
    const entries = cases.flatMap((one) =>
      listAt(one, 'metricsData').filter((entry) => at(entry, 'name') === name),
    );
    measures.set(`score.${name}`, meanOf(entries, cases.length));
    measures.set(`success.${name}`, successOf(entries, cases.length));
  }
  return reportOf({ harness: 'deepeval' }, measures);
}

function metricNames(cases: readonly JsonValue[]): Set<string> {
  return new Set(
    cases.flatMap((one) => listAt(one, 'metricsData').flatMap((entry) => textAt(entry, 'name') ?? [])),
  );
}

function meanOf(entries: readonly JsonValue[], cases: number): Measure {
  const scores = entries.map((entry) => (at(entry, 'error') ? undefined : numberAt(entry, 'score')));
  const fault = findGap(entries.length, cases);
  if (fault !== undefined) return { unscored: fault };
  if (scores.includes(undefined)) return { unscored: 'a test case has no score for it' };
  return scored(scores.reduce<number>((sum, score) => sum + (score ?? 0), 0) / cases, cases);
}

function successOf(entries: readonly JsonValue[], cases: number): Measure {
  const fault = findGap(entries.length, cases);
  if (fault !== undefined) return { unscored: fault };
  if (entries.some((entry) => typeof at(entry, 'success') !== 'boolean'))
    return { unscored: 'a test case has no verdict for it' };
  return share(entries.filter((entry) => at(entry, 'success') === true && !at(entry, 'error')).length, cases);
}

const findGap = (entries: number, cases: number) =>
  entries === cases ? undefined : `${entries} results for ${cases} test cases`;
