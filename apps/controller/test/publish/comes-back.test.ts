// A peer that was denied and is admitted again before another node asks: that node has missed the removal,
// and still holds the peer's key of the epoch in force.

import { expect, it } from 'vitest';
import { type ConfigModel, freezeNextEpoch, modelOf, openNextEpoch } from '../support/index.ts';
import { runningMesh } from '../support/running-mesh.ts';

it('a peer that was out meanwhile loses its key of the epoch in force, and comes back with the next', async () => {
  await using mesh = await runningMesh(['node-a', 'node-b', 'node-c'], { policy: { minResultGapMs: 1 } });
  const [a, b] = [mesh.node('node-a'), mesh.node('node-b')];
  const ask = async (held?: ConfigModel) => {
    const answer = await a.config(held === undefined ? {} : { version: held.version });
    if (answer === undefined) throw new Error('there is nothing new');
    return { model: modelOf(answer.body, held), body: answer.body };
  };
  const peersOf = ({ psks }: ConfigModel, epochId: number) => [...(psks.get(epochId)?.keys() ?? [])].sort();

  for (const name of ['node-a', 'node-b', 'node-c']) await mesh.node(name).submit(0.9);
  await openNextEpoch(mesh.controller);
  const { model: held } = await ask();
  const [epochId = 0] = [...held.psks.keys()];
  expect(peersOf(held, epochId)).toEqual(['node-b', 'node-c']);

  await b.submit(0.1);
  await mesh.clock.advance(10);
  await b.submit(0.9);
  await freezeNextEpoch(mesh.controller);
  const { model: folded, body } = await ask(held);
  const { model: full } = await ask();
  expect(body).toMatchObject({ removed: ['node-b'], added: [{ node_id: 'node-b' }] });
  expect(peersOf(folded, epochId)).toEqual(['node-c']);
  expect(peersOf(folded, epochId + 1)).toEqual(['node-b', 'node-c']);
  for (const epoch of [epochId, epochId + 1]) expect(peersOf(folded, epoch)).toEqual(peersOf(full, epoch));
});
