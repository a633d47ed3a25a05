// Inspect (a log as JSON, or the `.eval` archive that holds it as header.json).
//
//   SCORER.METRIC         for example model_graded_fact.accuracy
//   SCORER.share.C+N      share of the samples whose value is one of these; only in a log as JSON, which
//                         holds the samples

import { defined, type JsonValue } from '@mesh/primitives';
import { at, countAt, listAt, membersAt, numberAt, textAt } from '../json-fields.ts';
import { addOnce, type Measure, scored, share } from './measure.ts';
import { harnessName, type Report, reportOf, unfit } from './report.ts';
import { parseReportJson } from './report-json.ts';
import { readReportTime } from './report-time.ts';

export function readInspect(text: string): Report {
  const log = parseReportJson(text);
  if (at(log, 'version') !== 2 || at(log, 'eval') === undefined)
    throw unfit('this is no Inspect log of version 2: write one with inspect log dump');
  const samples = requireWhole(log);
  const measures = new Map<string, Measure>();
  for (const score of listAt(log, 'results', 'scores'))
    for (const [metric, entry] of membersAt(score, 'metrics'))
      if (metric !== 'stderr')
        addOnce(measures, `${textAt(score, 'name') ?? ''}.${metric}`, measureOf(score, entry, samples));
  const report = reportOf(
    {
      harness: harnessName('inspect_ai', at(log, 'eval', 'packages', 'inspect_ai')),
      model: textAt(log, 'eval', 'model'),
      measuredAtMs: readReportTime(at(log, 'eval', 'created')),
    },
    measures,
  );
  return { ...report, find: (path) => report.find(path) ?? findShare(log, path, samples) };
}

/** @returns how many samples the run had */
function requireWhole(log: JsonValue): number {
  const status = at(log, 'status');
  if (status !== 'success')
    throw unfit(`the run ended with the status ${JSON.stringify(status)}: run it again`);
  if (at(log, 'invalidated') === true || at(log, 'eval', 'invalidated') === true)
    throw unfit('the log was invalidated: run the evaluation again');
  const [total, completed] = [
    countAt(log, 'results', 'total_samples'),
    countAt(log, 'results', 'completed_samples'),
  ];
  if (total === undefined || completed !== total)
    throw unfit(
      `${completed ?? 0} of ${total ?? 'unknown'} samples were completed: run the evaluation again`,
    );
  const epochs = countAt(log, 'eval', 'config', 'epochs') ?? 1;
  const inDataset = countAt(log, 'eval', 'dataset', 'samples');
  if (inDataset !== undefined && total < inDataset * epochs)
    throw unfit(`${total} of ${inDataset * epochs} samples were run: run the evaluation without --limit`);
  return total;
}

function measureOf(score: JsonValue, metric: JsonValue, samples: number): Measure {
  const unscored = countAt(score, 'unscored_samples') ?? 0;
  if (unscored > 0) return { unscored: `${unscored} samples have no score` };
  const standardError = numberAt(score, 'metrics', 'stderr', 'value');
  return scored(at(metric, 'value'), samples, defined({ standardError }));
}

const SHARE = /^(.+)\.share\.([A-Z](?:\+[A-Z])*)$/;

function findShare(log: JsonValue, path: string, expected: number): Measure | undefined {
  const [, scorer, letters] = SHARE.exec(path) ?? [];
  if (scorer === undefined || letters === undefined) return undefined;
  const samples = listAt(log, 'samples');
  if (samples.length !== expected)
    return { unscored: 'the log does not hold all samples: write it with inspect log dump' };
  const wanted = letters.split('+');
  const values = samples.map((sample) => at(sample, 'scores', scorer, 'value'));
  if (values.some((value) => typeof value !== 'string' || value === ''))
    return { unscored: 'a sample has no value that is a letter' };
  return share(values.filter((value) => wanted.includes(String(value))).length, values.length);
}
