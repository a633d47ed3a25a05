// A node that is revoked and deleted in one transaction: its peers are told, and its name is free.

import { deleteNode, quarantineOrRevoke } from '@mesh/membership';
import { expect, it } from 'vitest';
import { enrolTestNode, openNextEpoch } from '../support/index.ts';
import { asDelta, fullConfig, problemOf, runningMesh, untilWaiting } from '../support/running-mesh.ts';

it('is out at once, and another node can have its name', async () => {
  await using mesh = await runningMesh(['node-a', 'node-b']);
  const { controller } = mesh;
  const { judge, view } = controller.running.services;
  const { version } = await fullConfig(mesh.node('node-a'));
  const query = mesh.node('node-a').config({ version, waitSeconds: 60 });
  await untilWaiting(mesh);
  const why = { nodeId: 'node-b', why: 'x', actor: { kind: 'socket' } } as const;
  await Promise.all([
    judge.run(quarantineOrRevoke({ change: 'revoke', ...why })),
    judge.run(deleteNode({ ...why, longestLeaseMs: 1_000 })),
  ]);
  expect(view.node('node-b')).toBeUndefined();
  expect(asDelta(await query).removed).toEqual(['node-b']);
  expect((await fullConfig(mesh.node('node-a'))).peers).toEqual([]);
  expect(await problemOf(mesh.node('node-b').submit(0.9))).toMatchObject({ code: 'node_unknown' });
  const again = await enrolTestNode(controller, 'node-b', { keySeed: 'new keys' });
  await again.submit(0.9);
  expect((await fullConfig(mesh.node('node-a'))).peers).toEqual([]);
  await mesh.node('node-a').submit(0.9);
  await openNextEpoch(controller);
  expect((await fullConfig(mesh.node('node-a'))).peers.map(({ node_id }) => node_id)).toEqual(['node-b']);
  const got = await fullConfig(again);
  expect(got.peers.map(({ node_id }) => node_id)).toEqual(['node-a']);
  again.close();
});
