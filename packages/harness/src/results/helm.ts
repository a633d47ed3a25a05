// HELM (`stats.json` of one run). A path is METRIC/SPLIT, or METRIC/SPLIT/PERTURBATION. The file states no
// time and no model; they stand in run_spec.json beside it.

import type { JsonValue } from '@mesh/primitives';
import { at, countAt, numberAt, textAt } from '../json-fields.ts';
import { addOnce, type Measure, scored } from './measure.ts';
import { type Report, reportOf, unfit } from './report.ts';
import { parseReportJson } from './report-json.ts';

const INSTANCES = 'num_instances';

export function readHelm(text: string): Report {
  const stats = parseReportJson(text);
  if (!Array.isArray(stats) || stats.length === 0)
    throw unfit('this is no stats.json of HELM with statistics: give that of one run');
  const instances = new Map<string, number>();
  for (const stat of stats)
    if (textAt(stat, 'name', 'name') === INSTANCES) instances.set(placeOf(stat), numberAt(stat, 'mean') ?? 0);
  const measures = new Map<string, Measure>();
  for (const stat of stats) {
    const name = textAt(stat, 'name', 'name');
    if (name === undefined) throw unfit('a statistic has no name: run the evaluation again');
    addOnce(measures, `${name}${placeOf(stat)}`, measureOf(stat, instances.get(placeOf(stat))));
  }
  return reportOf({ harness: 'HELM' }, measures);
}

/** Split, part of the split and perturbation, each after a slash. */
function placeOf(stat: JsonValue): string {
  const perturbation = at(stat, 'name', 'perturbation');
  const kind = textAt(perturbation, 'computed_on');
  const perturbed = [textAt(perturbation, 'name'), kind].filter((part) => part !== undefined).join('.');
  return [textAt(stat, 'name', 'split'), textAt(stat, 'name', 'sub_split'), perturbed || undefined]
    .flatMap((part) => (part === undefined ? [] : `/${part}`))
    .join('');
}

/** `count` counts trials where the run says how many instances it had. */
function measureOf(stat: JsonValue, instances: number | undefined): Measure {
  const [count, sum, mean] = [countAt(stat, 'count'), numberAt(stat, 'sum'), numberAt(stat, 'mean')];
  if (count === undefined || sum === undefined || mean === undefined) return { unscored: 'it has no mean' };
  if (count === 0 || Math.abs(sum / count - mean) > 1e-6 * Math.max(1, Math.abs(mean)))
    return { unscored: 'its mean is not its sum by its count' };
  return scored(mean, instances === undefined ? count : Math.floor(instances));
}
