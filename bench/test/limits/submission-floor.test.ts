// The floor of a submission has every part that an answer needs, measured with as many connections.

import { expect, it } from 'vitest';
import { seedMesh } from '../../src/controller/seed-mesh.ts';
import { interleaveWithParts } from '../../src/limits/interleave-with-parts.ts';
import type { LoadResult } from '../../src/load/load-messages.ts';
import { submissionDistances, submissionParts } from '../../src/submissions/submission-floor.ts';

const RESULT: LoadResult = {
  requests: 1,
  seconds: 1,
  perSecond: 1,
  p50Ms: 2,
  p99Ms: 3,
  bytesPerAnswer: 300,
  serverCpuMicros: 500,
  generatorCpuMicros: 1,
  generatorLoad: 0.5,
};

it('is measured in the same rounds, in CPU, and with one connection in time as well', async () => {
  const mesh = await seedMesh({ nodes: 2, identities: 2 });
  try {
    for (const [connections, units] of [
      [1, ['µs of CPU', 'µs']],
      [2, ['µs of CPU']],
    ] as const) {
      await using floor = await submissionParts(mesh, connections, 5);
      const turns: string[] = [];
      const { results, parts } = await interleaveWithParts(
        [{ name: 'controller', run: () => RESULT }],
        floor.parts,
        1,
        (name) => void turns.push(name),
      );
      expect(results).toEqual(new Map([['controller', [RESULT]]]));
      expect(turns).toEqual(['controller', ...floor.parts.map(({ name }) => name)]);
      const distances = submissionDistances('here', connections, parts, [RESULT]);
      expect(distances.map(({ table }) => table.rows[0]?.unit)).toEqual(units);
      for (const { table, line } of distances) {
        const terms = table.rows.slice(0, -2);
        const sum = terms.reduce((total, { median }) => total + median, 0);
        expect(table.rows.at(-2)?.median).toBeCloseTo(sum);
        for (const { name } of terms) expect(line).toContain(name);
      }
      expect(distances[0]?.table.rows.at(-1)).toMatchObject({ name: 'measured', median: 500 });
      const withoutProc = [{ ...RESULT, serverCpuMicros: undefined }];
      expect(submissionDistances('here', connections, parts, withoutProc)).toHaveLength(units.length - 1);
    }
  } finally {
    await mesh.remove();
  }
});
