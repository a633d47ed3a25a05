// The named scores of promptfoo. A row holds, for each metric, the weighted mean of its assertions and their
// weight. The sums that promptfoo makes of them leave out rows that ended in an error, so they are made
// again.

import type { JsonValue } from '@mesh/primitives';
import { at, listAt, membersAt, numberAt } from '../json-fields.ts';
import { type Measure, scored } from './measure.ts';

interface Sum {
  weighted: number;
  weight: number;
  rows: number;
  problem?: string;
}

/**
 * @param rows of one provider
 * @param prompts the prompts with promptfoo's own sums, to compare with; none if they are not known
 */
export function namedScores(rows: readonly JsonValue[], prompts: readonly JsonValue[]): Map<string, Measure> {
  const sums = new Map<string, Sum>();
  let unclear: string | undefined;
  let errors = 0;
  for (const row of rows) {
    const isError = isErrored(row);
    if (isError) errors += 1;
    const asserted = assertedWeights(row);
    if (isError && asserted === undefined)
      unclear = 'a row ended in an error, and its metrics are not plain names';
    for (const name of namesOf(row, asserted)) {
      const sum = sums.get(name) ?? { weighted: 0, weight: 0, rows: 0 };
      sums.set(name, sum);
      const weight = numberAt(row, 'gradingResult', 'namedScoreWeights', name) ?? asserted?.get(name);
      const score = isError ? 0 : numberAt(row, 'namedScores', name);
      if (weight === undefined || weight < 0) sum.problem = 'a row does not say how much it weighs';
      else if (score === undefined) sum.problem = 'a row has no score for it';
      else {
        sum.weighted += score * weight;
        sum.weight += weight;
        sum.rows += 1;
      }
    }
  }
  const measures = new Map<string, Measure>();
  for (const [name, sum] of sums) {
    const problem = unclear ?? sum.problem ?? (errors > 0 ? undefined : findOtherSum(name, sum, prompts));
    measures.set(
      name,
      problem === undefined ? scored(sum.weighted / sum.weight, sum.rows) : { unscored: problem },
    );
  }
  return measures;
}

/** Failure reason 2 is an error; rows without one, of version 2, have no grading then. */
const isErrored = (row: JsonValue) =>
  numberAt(row, 'failureReason') === 2 || (at(row, 'success') === false && !at(row, 'gradingResult'));

function namesOf(row: JsonValue, asserted: ReadonlyMap<string, number> | undefined): Set<string> {
  const scoredNames = membersAt(row, 'namedScores').map(([name]) => name);
  return new Set([...scoredNames, ...(asserted?.keys() ?? [])]);
}

/**
 * The weights by metric, from the assertions of the row's test; undefined if they cannot be told from them.
 */
function assertedWeights(row: JsonValue): ReadonlyMap<string, number> | undefined {
  const weights = new Map<string, number>();
  for (const assertion of listAt(row, 'testCase', 'assert')) {
    const metric = at(assertion, 'metric');
    if (at(assertion, 'type') === 'assert-set') return undefined;
    if (metric === undefined) continue;
    if (typeof metric !== 'string' || metric.includes('{{')) return undefined;
    weights.set(metric, (weights.get(metric) ?? 0) + (numberAt(assertion, 'weight') ?? 1));
  }
  return weights;
}

function findOtherSum(name: string, sum: Sum, prompts: readonly JsonValue[]): string | undefined {
  if (prompts.length === 0) return undefined;
  const total = (kind: string) =>
    prompts.reduce<number>((all, prompt) => all + (numberAt(prompt, 'metrics', kind, name) ?? 0), 0);
  const differs = (ours: number, theirs: number) =>
    Math.abs(ours - theirs) > 1e-6 * Math.max(1, Math.abs(ours));
  const hasWeights = prompts.some((prompt) => at(prompt, 'metrics', 'namedScoreWeights') !== undefined);
  const isOther =
    differs(sum.weighted, total('namedScores')) ||
    (hasWeights && differs(sum.weight, total('namedScoreWeights')));
  return isOther ? "its rows and promptfoo's own sums disagree" : undefined;
}
