// lm-evaluation-harness (`results_<time>.json`). A path is TASK.METRIC,FILTER, for example
// `truthfulqa_mc2.acc,none`.

import { defined, type JsonValue } from '@mesh/primitives';
import { at, countAt, listAt, membersAt, numberAt, textAt } from '../json-fields.ts';
import { addOnce, type Measure, scored } from './measure.ts';
import { harnessName, type Report, reportOf, unfit } from './report.ts';
import { parseReportJson } from './report-json.ts';
import { readUnixSeconds } from './report-time.ts';

const NOT_METRICS = new Set(['alias', 'name', 'sample_len', 'sample_count']);
/** Metrics without an upper end, or of 100: a single value of them may look like a share. */
const UNBOUNDED = /perplexity|bits_per_byte|bleu|chrf|\bter\b|likelihood/i;

export function readLmEval(text: string): Report {
  const document = parseReportJson(text);
  const results = membersAt(document, 'results');
  if (results.length === 0 || at(document, 'config') === undefined)
    throw unfit('this is no result of lm-evaluation-harness: give its results_….json');
  const limit = at(document, 'config', 'limit');
  if (limit !== null && limit !== undefined)
    throw unfit('the evaluation ran with a limit, on a part of its samples: run it without --limit');
  const measures = new Map<string, Measure>();
  for (const [task, metrics] of [...results, ...membersAt(document, 'groups')])
    for (const [key] of membersAt(metrics)) {
      const [metric = ''] = key.split(',');
      if (NOT_METRICS.has(metric) || metric.endsWith('_stderr')) continue;
      const path = `${task}.${key}`;
      // A group stands in `results` and in `groups`, with the same values.
      if (!measures.has(path)) addOnce(measures, path, measureOf(document, task, metrics, key));
    }
  return reportOf(
    {
      harness: harnessName('lm-evaluation-harness', at(document, 'lm_eval_version')),
      model: modelOf(document),
      measuredAtMs: readUnixSeconds(at(document, 'date')),
    },
    measures,
  );
}

function measureOf(document: JsonValue, task: string, metrics: JsonValue, key: string): Measure {
  const [metric = '', filter = ''] = key.split(',');
  const samples = samplesOf(document, task, 0);
  if (typeof samples === 'string') return { unscored: samples };
  const standardError = numberAt(metrics, `${metric}_stderr,${filter}`);
  const lowerIsBetter = at(document, 'higher_is_better', task, metric) === false;
  return scored(at(metrics, key), samples, {
    ...defined({ standardError }),
    ...(lowerIsBetter ? { lowerIsBetter } : {}),
    ...(UNBOUNDED.test(metric) ? { unbounded: `${metric} is no share from 0 to 1` } : {}),
  });
}

const DEEPEST_GROUP = 8;

/** The samples of a task, or of all tasks of a group together; text says why that is not known. */
function samplesOf(document: JsonValue, task: string, depth: number): number | string {
  const subtasks = listAt(document, 'group_subtasks', task);
  if (subtasks.length > 0 && depth < DEEPEST_GROUP) {
    let sum = 0;
    for (const subtask of subtasks) {
      const samples = samplesOf(document, String(subtask), depth + 1);
      if (typeof samples === 'string') return samples;
      sum += samples;
    }
    return sum;
  }
  const effective = countAt(document, 'n-samples', task, 'effective');
  const original = countAt(document, 'n-samples', task, 'original');
  if (effective === undefined || original === undefined)
    return `the file does not count the samples of ${task}`;
  return effective < original ? `${task} ran on ${effective} of ${original} samples` : effective;
}

function modelOf(document: JsonValue): string | undefined {
  const named = textAt(document, 'model_name');
  if (named !== undefined) return named;
  const args = at(document, 'config', 'model_args');
  const written =
    typeof args === 'string' ? /(?:^|,)(?:pretrained|model)=([^,]+)/.exec(args)?.[1] : undefined;
  return (
    written ?? textAt(args, 'pretrained') ?? textAt(args, 'model') ?? textAt(document, 'config', 'model')
  );
}
