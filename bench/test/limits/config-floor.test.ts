// The floor of a full config: one exchange of its size, and a key for each of its peers.

import { expect, it } from 'vitest';
import { configDistance, configParts } from '../../src/config/config-floor.ts';
import { seedMesh } from '../../src/controller/seed-mesh.ts';
import type { PartFigures } from '../../src/limits/part.ts';

it('has the parts that it counts, and a key for each peer', async () => {
  const mesh = await seedMesh({ nodes: 2, identities: 2 });
  try {
    const asked = {
      request: Buffer.from('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'),
      answer: '{"peers":[]}',
    };
    const size = { peers: 100, asking: 2 };
    await using started = await configParts(mesh, asked, size, 5);
    const parts = new Map<string, PartFigures[]>();
    for (const part of started.parts) parts.set(part.name, [await part.run()]);
    const { table, line } = configDistance(size, parts, [900]);
    expect(table.rows.map(({ name }) => name)).toEqual([
      '1 × exchange over TLS',
      '1 × HTTP parse and head',
      '100 × key of a pair',
      '1 × JSON.stringify and SHA-256',
      '1 × signature',
      'floor: the sum of these',
      'measured',
    ]);
    expect(table.rows.at(-1)).toMatchObject({ unit: 'µs of CPU', median: 900 });
    expect(line).toMatch(/^100 peers: floor: .* µs of CPU for a full config = 1 × exchange over TLS/);
  } finally {
    await mesh.remove();
  }
});
