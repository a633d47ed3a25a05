// A comparison as text: for every figure the base's, this tree's and their ratio.

import { alignColumns } from '../align-columns.ts';
import { machineLine } from '../machine.ts';
import { figure } from '../report.ts';
import type { Summary } from '../statistics.ts';
import { type ComparedBenchmark, type Comparison, worseFigures } from './compare-trees.ts';
import type { ComparedFigure, FigureName } from './pair-figures.ts';

const HEAD = ['', 'base', 'this', 'unit', 'this/base', 'better', 'in every round'];
const RIGHT = [1, 2];
const SHORT_ID_LENGTH = 12;

export function renderComparison(comparison: Comparison): string {
  const { base, machine, quick } = comparison;
  const ours = comparison.this;
  return [
    `base: ${base.ref} (${base.commit.slice(0, SHORT_ID_LENGTH)})`,
    `this: ${ours.commit.slice(0, SHORT_ID_LENGTH)}${ours.modified ? ', with changes' : ''}`,
    machineLine(machine),
    'Each figure: the median of the rounds (the lowest – the highest).',
    ...(quick ? ['Quick: too short to quote.'] : []),
    ...comparison.benchmarks.flatMap(renderBenchmark),
  ].join('\n');
}

/** One line for each figure that is worse by more than the factor. */
export function renderWorse(comparison: Comparison, factor: number): string[] {
  return worseFigures(comparison, factor).map(({ benchmark, figure: { table, row, better, ratio } }) => {
    const change = ratio === undefined ? '' : `: × ${spread(ratio)}`;
    const allowed = `${better} is better (allowed: a factor of ${factor})`;
    return `WORSE: ${benchmark}: ${table}: ${row}${change}, and ${allowed}`;
  });
}

function renderBenchmark({ benchmark, rounds, figures, only_base, only_this }: ComparedBenchmark): string[] {
  return [
    '',
    `${benchmark}: ${rounds} rounds, in turns`,
    ...[...new Set(figures.map(({ table }) => table))].flatMap((title) => {
      const rows = figures.filter(({ table }) => table === title);
      return ['', title, ...alignColumns([HEAD, ...rows.map(cells)], RIGHT)];
    }),
    ...onlyIn('the base', only_base),
    ...onlyIn('this tree', only_this),
  ];
}

function cells(compared: ComparedFigure): string[] {
  const { row, unit, better, ratio, change } = compared;
  return [
    row,
    spread(compared.base),
    spread(compared.this),
    unit,
    ratio === undefined ? '' : spread(ratio),
    better,
    change === 'unclear' ? '' : change,
  ];
}

function onlyIn(tree: string, names: readonly FigureName[]): string[] {
  if (names.length === 0) return [];
  return ['', `only in ${tree}:`, ...names.map(({ table, row, unit }) => `- ${table}: ${row} (${unit})`)];
}

const spread = ({ median, min, max }: Summary) => `${figure(median)} (${figure(min)} – ${figure(max)})`;
