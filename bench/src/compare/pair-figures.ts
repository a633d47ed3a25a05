// The figures of both trees side by side: the same row of the same table, round by round.

import type { Better } from '../report.ts';
import { pairedRatio, type Summary, summarise } from '../statistics.ts';
import { type Change, changeOf } from './judge-change.ts';
import type { TurnReport } from './tree-turn.ts';

/** What names a figure. Two figures with different units are not the same. */
export interface FigureName {
  readonly table: string;
  readonly row: string;
  readonly unit: string;
}

export interface ComparedFigure extends FigureName {
  readonly better: Better;
  /** The rounds in which both trees have it. */
  readonly rounds: number;
  readonly base: Summary;
  readonly this: Summary;
  /** This tree's figure divided by the base's, round by round; absent if one of the base's is 0. */
  readonly ratio?: Summary;
  readonly change: Change;
}

export interface PairedFigures {
  readonly figures: readonly ComparedFigure[];
  readonly only_base: readonly FigureName[];
  readonly only_this: readonly FigureName[];
}

/** A figure of one tree: a value for each round, or undefined where the round lacks it. */
interface Series {
  readonly name: FigureName;
  readonly better: Better | undefined;
  readonly values: readonly (number | undefined)[];
}

/**
 * @param base the base's reports in the order of the rounds
 * @param ours this tree's, of the same rounds; its word counts on what is better, because an old base has
 *   none
 * @throws RangeError unless both have the same number of rounds
 */
export function pairFigures(base: readonly TurnReport[], ours: readonly TurnReport[]): PairedFigures {
  if (base.length !== ours.length) throw new RangeError('both trees need one report for each round');
  const baseSeries = seriesOf(base);
  const ourSeries = seriesOf(ours);
  const figures = new Map(
    [...ourSeries].flatMap(([key, series]) => {
      const figure = compare(baseSeries.get(key), series);
      return figure === undefined ? [] : [[key, figure] as const];
    }),
  );
  const unpaired = (all: ReadonlyMap<string, Series>) =>
    [...all].filter(([key]) => !figures.has(key)).map(([, { name }]) => name);
  return {
    figures: [...figures.values()],
    only_base: unpaired(baseSeries),
    only_this: unpaired(ourSeries),
  };
}

/** @returns undefined if no round has both */
function compare(base: Series | undefined, ours: Series): ComparedFigure | undefined {
  const pairs = ours.values.flatMap((value, round) => {
    const baseValue = base?.values[round];
    return value === undefined || baseValue === undefined ? [] : [{ value, baseValue }];
  });
  if (pairs.length === 0) return undefined;
  const values = pairs.map(({ value }) => value);
  const baseValues = pairs.map(({ baseValue }) => baseValue);
  const better = ours.better ?? base?.better ?? 'neither';
  const standing = baseValues.includes(0) ? { better } : { better, ratio: pairedRatio(values, baseValues) };
  return {
    ...ours.name,
    rounds: pairs.length,
    base: summarise(baseValues),
    this: summarise(values),
    ...standing,
    change: changeOf(standing),
  };
}

function seriesOf(reports: readonly TurnReport[]): Map<string, Series> {
  const all = new Map<string, Series & { values: (number | undefined)[] }>();
  for (const [round, { tables }] of reports.entries()) {
    for (const { title, rows } of tables) {
      for (const { name: row, unit, median, better } of rows) {
        const name = { table: withoutRemark(title), row, unit };
        const key = JSON.stringify(name);
        const series = all.get(key) ?? { name, better, values: [] };
        series.values[round] = median;
        all.set(key, series);
      }
    }
  }
  return all;
}

/** A title may end in a remark that differs between rounds: `(target: p99 under 250 ms, missed)`. */
const withoutRemark = (title: string) => title.replace(/ \([^()]*\)$/, '');
