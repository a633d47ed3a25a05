// OpenAI evals (`record.jsonl`). A path is a key of the final report: accuracy, score.

import { defined, type JsonValue } from '@mesh/primitives';
import { at, listAt, membersAt, numberAt, textAt } from '../json-fields.ts';
import { type Measure, scored } from './measure.ts';
import { type Report, reportOf, unfit } from './report.ts';
import { parseReportRows } from './report-json.ts';
import { readReportTime } from './report-time.ts';

/** The key is really spelt like this. */
const DEVIATION = 'boostrap_std';

export function readOpenAiEvals(text: string): Report {
  const rows = parseReportRows(text);
  const specs = rows.flatMap((row) => at(row, 'spec') ?? []);
  const finals = rows.flatMap((row) => at(row, 'final_report') ?? []);
  const [spec] = specs;
  const [final] = finals;
  if (spec === undefined || specs.length > 1)
    throw unfit('this is no record of one run of OpenAI evals: give its record.jsonl');
  if (final === undefined || finals.length > 1)
    throw unfit('the run did not come to its end (no final_report): run it again');
  const run = textAt(spec, 'run_id');
  if (rows.some((row) => at(row, 'spec') === undefined && at(row, 'run_id') !== run))
    throw unfit('the record mixes several runs: give that of one');
  const [evaluated, ...others] = listAt(spec, 'completion_fns').map(String);
  if (others.length > 0) throw unfit('several models took part in the run: evaluate one');
  const samples = samplesOf(rows);
  const measures = new Map<string, Measure>(
    membersAt(final)
      .filter(([key]) => key !== DEVIATION)
      .map(([key, value]) => [key, measureOf(key, value, final, samples)]),
  );
  return reportOf(
    { harness: 'OpenAI evals', model: evaluated, measuredAtMs: readReportTime(at(spec, 'created_at')) },
    measures,
  );
}

interface Samples {
  readonly count: number;
  /** The share of the matches that were correct; undefined if there were none. */
  readonly correct: number | undefined;
}

function samplesOf(rows: readonly JsonValue[]): Samples {
  const events = rows.filter((row) => ['match', 'metrics'].includes(textAt(row, 'type') ?? ''));
  const matches = events.filter((row) => textAt(row, 'type') === 'match');
  const correct = matches.filter((row) => at(row, 'data', 'correct') === true).length;
  return {
    count: new Set(events.map((row) => at(row, 'sample_id'))).size,
    correct: matches.length === 0 ? undefined : correct / matches.length,
  };
}

function measureOf(key: string, value: JsonValue, final: JsonValue, { count, correct }: Samples): Measure {
  if (key !== 'accuracy') return scored(value, count);
  if (correct !== undefined && !(Math.abs(correct - Number(value)) <= 1e-6))
    return { unscored: 'it is not the share of the matches in the record' };
  return scored(value, count, defined({ standardError: numberAt(final, DEVIATION) }));
}
