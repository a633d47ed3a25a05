// The benchmark shows every part twice: its rate and its CPU, each with its unit.

import { expect, it } from 'vitest';
import { limitsBenchmark } from '../../src/limits/limits-benchmark.ts';

it('gives every part a rate and a cost, and compares it within its group', async () => {
  const ran = new Set<string>();
  const { tables } = await limitsBenchmark.run({
    rounds: 1,
    quick: true,
    say: () => undefined,
    progress: (name) => void ran.add(name),
    profileDir: undefined,
  });
  const rates = tables.filter(({ title }) => title.endsWith(': rate'));
  const costs = tables.filter(({ title }) => title.endsWith(': CPU'));
  expect(rates.length + costs.length).toBe(tables.length);
  for (const [group, unit, better] of [
    [rates, 'operations/s', 'more'],
    [costs, 'µs of CPU each', 'less'],
  ] as const) {
    const rows = group.flatMap((table) => table.rows);
    expect(rows.map(({ name }) => name).toSorted()).toEqual([...ran].toSorted());
    for (const row of rows) expect(row).toMatchObject({ unit, better });
    for (const { baseline, rows: inGroup } of group)
      expect(inGroup.filter(({ ratio }) => ratio === undefined).map(({ name }) => name)).toEqual([baseline]);
  }
});
