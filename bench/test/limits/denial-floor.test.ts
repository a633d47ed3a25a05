// The floor of a denial: one signature and one commit whatever the number of agents, an answer for each.

import { expect, it } from 'vitest';
import { seedMesh } from '../../src/controller/seed-mesh.ts';
import { denialDistance, denialParts } from '../../src/denial/denial-floor.ts';
import type { PartFigures } from '../../src/limits/part.ts';

it('has the parts that it counts, and grows with the agents by their answers alone', async () => {
  const mesh = await seedMesh({ nodes: 2, identities: 2 });
  try {
    const request = Buffer.from('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await using started = await denialParts(mesh, { request, answer: '{"removed":["node-00001"]}' }, 5);
    const parts = new Map<string, PartFigures[]>();
    for (const part of started.parts) parts.set(part.name, [await part.run()]);
    const few = denialDistance(10, parts, [30]);
    const many = denialDistance(1_000, parts, [30]);
    const costs = ({ table }: typeof few) =>
      Object.fromEntries(table.rows.slice(0, -2).map(({ name, median }) => [name, median]));
    expect(Object.keys(costs(few))).toEqual([
      '1 × signature',
      '1 × commit',
      '10 × exchange over TLS',
      '10 × HTTP parse and head',
    ]);
    expect(costs(many)['1 × signature']).toBe(costs(few)['1 × signature']);
    expect(costs(many)['1,000 × exchange over TLS']).toBeCloseTo(
      100 * (costs(few)['10 × exchange over TLS'] ?? Number.NaN),
    );
    expect(many.line).toMatch(/^1,000 agents: floor: .* ms of CPU for a denial = 1 × signature/);
  } finally {
    await mesh.remove();
  }
});
