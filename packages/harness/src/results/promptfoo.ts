// promptfoo (`promptfoo eval -o out.json`, versions 2 and 3, and `.jsonl` with one row a line).
//
//   successes          rows that passed / rows; a row that ended in an error did not pass
//   namedScores.NAME   weighted mean over the rows of the assertions with this metric
//   redteam.PLUGIN     rows of a red-team plugin that passed / its rows

import type { JsonValue } from '@mesh/primitives';
import { at, countAt, listAt, numberAt, textAt } from '../json-fields.ts';
import { type Measure, share } from './measure.ts';
import { namedScores } from './promptfoo-named-scores.ts';
import { harnessName, type Report, reportOf, unfit } from './report.ts';
import { parseReportJson, parseReportRows } from './report-json.ts';
import { readReportTime } from './report-time.ts';

export function readPromptfoo(text: string, { model }: { readonly model?: string | undefined }): Report {
  const lines = text.trim();
  const [first = ''] = lines.split('\n', 1);
  // A document of one line, as large as it may be, is parsed once.
  if (first.length === lines.length) {
    const only = parseReportJson(text);
    return isRow(only) ? readRows([only], model) : readWhole(only, model);
  }
  return startsWithRow(first)
    ? readRows(parseReportRows(text), model)
    : readWhole(parseReportJson(text), model);
}

const isRow = (value: JsonValue) => typeof at(value, 'success') === 'boolean';

function startsWithRow(first: string): boolean {
  try {
    return isRow(parseReportJson(first));
  } catch {
    return false;
  }
}

/** Nothing in bare rows says how many there should be, nor when they were made. */
function readRows(all: readonly JsonValue[], model: string | undefined): Report {
  const { rows, provider } = chooseProvider(all, model);
  return reportOf(
    { harness: harnessName('promptfoo', undefined), model: provider, endless: true },
    measuresOf(rows, []),
  );
}

function readWhole(document: JsonValue, model: string | undefined): Report {
  const results = at(document, 'results');
  const version = at(results, 'version');
  if (version !== 2 && version !== 3)
    throw unfit('this is no promptfoo result of version 2 or 3: write one with promptfoo eval -o out.json');
  const all = listAt(results, 'results');
  requireWhole(all, results);
  const { rows, provider } = chooseProvider(all, model);
  const prompts = version === 3 ? listAt(results, 'prompts') : listAt(results, 'table', 'head', 'prompts');
  return reportOf(
    {
      harness: harnessName('promptfoo', at(document, 'metadata', 'promptfooVersion')),
      model: provider,
      measuredAtMs: readReportTime(at(results, 'timestamp')),
    },
    measuresOf(rows, promptsOf(prompts, rows)),
  );
}

/** The counts in the file must be those of its rows, and no row may be missing in between. */
function requireWhole(rows: readonly JsonValue[], results: JsonValue | undefined): void {
  const [successes, failures, errors] = ['successes', 'failures', 'errors'].map((name) =>
    countAt(results, 'stats', name),
  );
  if (successes === undefined || failures === undefined || errors === undefined)
    throw unfit('the file has no counts (results.stats): run promptfoo eval again');
  const passed = rows.filter((row) => at(row, 'success') === true).length;
  if (rows.length !== successes + failures + errors || passed !== successes)
    throw unfit(
      `the file holds ${rows.length} rows with ${passed} successes and counts ${successes + failures + errors} with ${successes}: run promptfoo eval again`,
    );
  const tests = new Map<number, Set<number>>();
  for (const row of rows) {
    const [prompt, test] = [countAt(row, 'promptIdx'), countAt(row, 'testIdx')];
    if (prompt === undefined || test === undefined) continue;
    tests.set(prompt, (tests.get(prompt) ?? new Set()).add(test));
  }
  for (const [prompt, seen] of tests)
    if (highestOf(seen) + 1 !== seen.size)
      throw unfit(`rows of prompt ${prompt} are missing: run promptfoo eval again`);
}

const highestOf = (numbers: Iterable<number>) => {
  let highest = -1;
  for (const number of numbers) highest = Math.max(highest, number);
  return highest;
};

function chooseProvider(rows: readonly JsonValue[], model: string | undefined) {
  if (!rows.every(isRow)) throw unfit('a row does not say whether it passed: run promptfoo eval again');
  const idOf = (row: JsonValue) => textAt(row, 'provider', 'id') ?? textAt(row, 'provider');
  const ids = [...new Set(rows.map(idOf))];
  const provider = model ?? ids[0];
  if (provider === undefined || ids.includes(undefined))
    throw unfit('the file holds no row, or one without a provider: run promptfoo eval again');
  if (model === undefined && ids.length > 1)
    throw unfit(
      `the file is about several providers (${ids.join(', ')}): name the one that is meant as the model`,
    );
  const chosen = rows.filter((row) => idOf(row) === provider);
  if (chosen.length === 0)
    throw unfit(`the file is about ${ids.join(', ')}, and ${JSON.stringify(model)} is asked for`);
  return { rows: chosen, provider };
}

/** The prompts whose sums are those of these rows; none if the rows do not say which ones are theirs. */
function promptsOf(prompts: readonly JsonValue[], rows: readonly JsonValue[]): JsonValue[] {
  const indices = new Set(rows.map((row) => countAt(row, 'promptIdx')));
  return prompts.filter((_prompt, index) => indices.has(index));
}

function measuresOf(rows: readonly JsonValue[], prompts: readonly JsonValue[]): Map<string, Measure> {
  const measures = new Map<string, Measure>();
  const passedOf = (some: readonly JsonValue[]) => some.filter(hasPassed).length;
  measures.set('successes', share(passedOf(rows), rows.length));
  for (const [name, measure] of namedScores(rows, prompts)) measures.set(`namedScores.${name}`, measure);
  const byPlugin = new Map<string, JsonValue[]>();
  for (const row of rows) {
    const plugin = textAt(row, 'testCase', 'metadata', 'pluginId');
    if (plugin === undefined) continue;
    const same = byPlugin.get(plugin) ?? [];
    same.push(row);
    byPlugin.set(plugin, same);
  }
  for (const [plugin, some] of byPlugin)
    measures.set(`redteam.${plugin}`, share(passedOf(some), some.length));
  return measures;
}

const hasPassed = (row: JsonValue) => at(row, 'success') === true && numberAt(row, 'failureReason') !== 2;
