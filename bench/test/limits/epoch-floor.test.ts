// The floor of an epoch: a key for every pair, an answer for every node, one signature and one commit.

import { expect, it } from 'vitest';
import { seedMesh } from '../../src/controller/seed-mesh.ts';
import { epochDistance, epochParts, pairsIn } from '../../src/epoch/epoch-floor.ts';
import type { PartFigures } from '../../src/limits/part.ts';

it('has the parts that it counts, each key for both of its nodes', async () => {
  const mesh = await seedMesh({ nodes: 2, identities: 1 });
  try {
    await using started = await epochParts(mesh, '{"added":[],"removed":[]}', 100, 5);
    const parts = new Map<string, PartFigures[]>();
    for (const part of started.parts) parts.set(part.name, [await part.run()]);
    const { table, line } = epochDistance({ name: '1,000 nodes', nodes: 1_000, pairs: 50_000 }, parts, [400]);
    expect(table.rows.map(({ name }) => name)).toEqual([
      '50,000 × key of a pair',
      '1,000 × JSON.stringify and SHA-256',
      '1 × signature',
      '1 × commit',
      'floor: the sum of these',
      'measured',
    ]);
    expect(table.rows.at(-1)).toMatchObject({ unit: 'ms of CPU', median: 400 });
    expect(line).toMatch(/^1,000 nodes: floor: .* ms of CPU for an epoch = 50,000 × key of a pair/);
  } finally {
    await mesh.remove();
  }
});

it.each([
  [1, 101, 0],
  [101, 101, 5_050],
  [202, 101, 10_100],
  [103, 101, 5_051],
])('counts the pairs of %d nodes in groups of %d: %d', (nodes, groupSize, pairs) => {
  expect(pairsIn(nodes, groupSize)).toBe(pairs);
});
