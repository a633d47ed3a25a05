// Which figures of two trees belong together, and what is said about each pair.

import { describe, expect, it } from 'vitest';
import { pairFigures } from '../../src/compare/pair-figures.ts';
import type { TurnReport } from '../../src/compare/tree-turn.ts';

type Row = TurnReport['tables'][number]['rows'][number];

const row = (name: string, median: number, fields: Partial<Row> = {}): Row => ({
  name,
  unit: 'ms',
  better: 'less',
  median,
  ...fields,
});
const report = (rows: readonly Row[], title = 'a table'): TurnReport => ({
  tables: [{ title, rows: [...rows] }],
});
const reports = (name: string, medians: readonly number[], fields: Partial<Row> = {}) =>
  medians.map((median) => report([row(name, median, fields)]));

describe('a figure of both trees', () => {
  it('has the ratio of this tree to the base, taken within each round', () => {
    const { figures, only_base, only_this } = pairFigures(
      reports('one', [100, 10, 50]),
      reports('one', [200, 30, 50]),
    );
    expect(figures).toEqual([
      {
        table: 'a table',
        row: 'one',
        unit: 'ms',
        better: 'less',
        rounds: 3,
        base: { median: 50, min: 10, max: 100 },
        this: { median: 50, min: 30, max: 200 },
        ratio: { median: 2, min: 1, max: 3 },
        change: 'unclear',
      },
    ]);
    expect([only_base, only_this]).toEqual([[], []]);
  });

  it.each([
    ['less', [2, 3], 'worse'],
    ['more', [2, 3], 'better'],
    ['neither', [2, 3], 'unclear'],
    ['less', [0.5, 1], 'unclear'],
  ] as const)('of which %s is better is, at ratios of %j, %s', (better, ratios, change) => {
    const { figures } = pairFigures(reports('one', [1, 1], { better }), reports('one', ratios, { better }));
    expect(figures).toMatchObject([{ better, change }]);
  });

  it('takes the direction from this tree, whatever an old base says', () => {
    const old = reports('one', [1]).map(({ tables: [table] }) => ({
      tables: [{ title: table?.title ?? '', rows: [{ name: 'one', unit: 'ms', median: 1 }] }],
    }));
    const ours = reports('one', [1], { better: 'more' });
    expect(pairFigures(old, ours).figures).toMatchObject([{ better: 'more' }]);
    expect(pairFigures(reports('one', [1]), ours).figures).toMatchObject([{ better: 'more' }]);
  });

  it('has no ratio if a figure of the base is 0', () => {
    const { figures } = pairFigures(reports('one', [0, 1]), reports('one', [1, 1]));
    expect(figures).toMatchObject([{ base: { min: 0 }, change: 'unclear' }]);
    expect(figures[0]).not.toHaveProperty('ratio');
  });

  it('is found under a title whose remark differs', () => {
    const base = [report([row('one', 1)], 'a table (target: 250 ms, met)')];
    const ours = [report([row('one', 2)], 'a table (target: 250 ms, missed)')];
    expect(pairFigures(base, ours).figures).toMatchObject([{ table: 'a table', row: 'one' }]);
  });

  it('counts the rounds in which both trees have it', () => {
    const ours = [report([]), report([row('one', 3)]), report([row('one', 4)])];
    expect(pairFigures(reports('one', [1, 1, 2]), ours).figures).toMatchObject([
      { rounds: 2, ratio: { min: 2, max: 3 } },
    ]);
  });
});

describe('a figure of one tree', () => {
  it('is named, on its side', () => {
    const base = [report([row('one', 1), row('gone', 1)])];
    const ours = [report([row('new', 1), row('one', 1)])];
    const { figures, only_base, only_this } = pairFigures(base, ours);
    expect(figures.map((figure) => figure.row)).toEqual(['one']);
    expect(only_base).toEqual([{ table: 'a table', row: 'gone', unit: 'ms' }]);
    expect(only_this).toEqual([{ table: 'a table', row: 'new', unit: 'ms' }]);
  });

  it.each([
    ['its unit', report([row('one', 1, { unit: 's' })])],
    ['the title of its table', report([row('one', 1)], 'another table')],
  ])('is not taken for one that differs in %s', (_what, ours) => {
    const { figures, only_base, only_this } = pairFigures(reports('one', [1]), [ours]);
    expect(figures).toEqual([]);
    expect([only_base, only_this].map((names) => names.length)).toEqual([1, 1]);
  });

  it('may be of both, but never in one round', () => {
    const { figures, only_base, only_this } = pairFigures(
      [report([row('one', 1)]), report([])],
      [report([]), report([row('one', 1)])],
    );
    expect([figures, only_base, only_this].map((all) => all.length)).toEqual([0, 1, 1]);
  });
});

it('an unequal number of rounds is refused', () => {
  expect(() => pairFigures(reports('one', [1]), reports('one', [1, 2]))).toThrow(RangeError);
});
