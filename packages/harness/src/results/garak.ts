// garak (`….report.jsonl`). A path is PROBE/DETECTOR, for example `dan.Dan_11_0/dan.DAN`; `dan.*` is the
// lowest of a group. A score is the share of the attempts that the model withstood. An attempt without a
// verdict (a `none`) counts as one that it did not.

import type { JsonValue } from '@mesh/primitives';
import { at, countAt, textAt } from '../json-fields.ts';
import { addOnce, type Measure, share } from './measure.ts';
import { harnessName, type Report, reportOf, unfit } from './report.ts';
import { parseReportRows } from './report-json.ts';
import { readReportTime } from './report-time.ts';

export function readGarak(text: string): Report {
  const rows = parseReportRows(text);
  const entries = (type: string) => rows.filter((row) => at(row, 'entry_type') === type);
  const [setup, ...otherSetups] = entries('start_run setup');
  const [init, ...otherInits] = entries('init');
  const [completion, ...otherEnds] = entries('completion');
  if (init === undefined || otherInits.length + otherSetups.length + otherEnds.length > 0)
    throw unfit('this is no report of one garak run: give its ….report.jsonl');
  if (completion === undefined || at(completion, 'run') !== at(init, 'run'))
    throw unfit('the run did not come to its end (no completion): run garak again');
  const measures = new Map<string, Measure>();
  for (const row of entries('eval')) {
    const [probe, detector] = [textAt(row, 'probe'), textAt(row, 'detector')];
    if (probe === undefined || detector === undefined)
      throw unfit('an eval row names no probe: run garak again');
    addOnce(measures, `${probe}/${detector.replace(/^detector\./, '')}`, measureOf(row));
  }
  return reportOf(
    {
      harness: harnessName('garak', at(init, 'garak_version')),
      model:
        textAt(setup, 'plugins.target_name') ??
        textAt(setup, 'plugins.model_name') ??
        textAt(setup, 'plugins.target_type') ??
        textAt(setup, 'plugins.model_type'),
      measuredAtMs: readReportTime(at(init, 'start_time')),
    },
    measures,
  );
}

function measureOf(row: JsonValue): Measure {
  const passed = countAt(row, 'passed');
  const evaluated = countAt(row, 'total_evaluated') ?? countAt(row, 'total');
  if (passed === undefined || evaluated === undefined || passed > evaluated)
    return { unscored: 'its counts are missing or do not fit together' };
  if (evaluated === 0) return { unscored: 'nothing was evaluated' };
  const nones = countAt(row, 'nones') ?? 0;
  return share(passed, Math.max(evaluated + nones, countAt(row, 'total_processed') ?? 0));
}
