// The benchmark of the log in its quick form: everything that it is asked for is there, and what is measured
// was verified.

import { expect, it } from 'vitest';
import { logBenchmark } from '../../src/log/log-benchmark.ts';

it('shows appends, proofs of logs of each length, a verification and the bytes of an entry', async () => {
  const ran = new Set<string>();
  const { tables, missed } = await logBenchmark.run({
    rounds: 1,
    quick: true,
    say: () => undefined,
    progress: (name) => void ran.add(name),
    profileDir: undefined,
  });
  const rows = tables.flatMap((table) => table.rows);
  expect(rows.every(({ median }) => median > 0)).toBe(true);
  const names = rows.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      'one append at a time',
      '256 appends wait at once',
      'inclusion made, of 1,000 entries',
      'consistency verified, of 100,000,000 computed entries',
      'one entry appended, and the root',
      'what was noted of an epoch is recorded',
      'everybody gets a removal',
      'a log of 1,000 entries',
      'its details, sealed',
    ]),
  );
  // Only a full run can miss the target, which is for a million entries.
  expect(missed).toBeUndefined();
  // Every part is shown, but for what is named after its log in its table.
  for (const name of ran) expect(names).toContain(name.replace('verify a log', 'a log'));
});
