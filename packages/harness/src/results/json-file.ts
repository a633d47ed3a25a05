// Any JSON document: a path is a singular JSONPath query, as in `$.health.success_rate`.

import { defined } from '@mesh/primitives';
import { queryJson } from './json-query.ts';
import type { Measure } from './measure.ts';
import type { Report } from './report.ts';
import { parseReportJson } from './report-json.ts';
import { readReportTime, readUnixSeconds } from './report-time.ts';

export function readJsonFile(text: string, { timePath }: { readonly timePath?: string | undefined }): Report {
  const document = parseReportJson(text);
  const time = timePath === undefined ? undefined : (queryJson(document, timePath) ?? '');
  const measuredAtMs = typeof time === 'number' ? readUnixSeconds(time) : readReportTime(time);
  const find = (path: string): Measure | undefined => {
    const value = queryJson(document, path);
    if (value === undefined) return undefined;
    return typeof value === 'number' ? { value } : { unscored: 'the value is no number' };
  };
  return { harness: 'JSON', ...defined({ measuredAtMs }), paths: [], find };
}
