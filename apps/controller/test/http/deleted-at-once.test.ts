// A node that is deleted, also in one transaction with its revocation: its peers are told, and its name is
// free.

import { deleteNode, quarantineOrRevoke } from '@mesh/membership';
import { expect, it } from 'vitest';
import { enrolTestNode, openNextEpoch } from '../support/index.ts';
import { asDelta, fullConfig, problemOf, runningMesh, untilWaiting } from '../support/running-mesh.ts';
import { UNLIMITED } from '../support/unlimited.ts';

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

it('leaves nothing of its allowance of messages to the next node of its name', async () => {
  await using mesh = await runningMesh(['node-a'], { limits: { ...UNLIMITED, submissions_per_minute: 1 } });
  const { controller } = mesh;
  const { judge } = controller.running.services;
  expect(await problemOf(mesh.node('node-a').submit(0.9))).toMatchObject({ code: 'rate_limited' });
  const why = { nodeId: 'node-a', why: 'x', actor: { kind: 'socket' } } as const;
  await judge.run(quarantineOrRevoke({ change: 'revoke', ...why }));
  await judge.run(deleteNode({ ...why, longestLeaseMs: 1_000 }));
  const again = await enrolTestNode(controller, 'node-a', { keySeed: 'new keys' });
  await again.submit(0.9);
  expect(await problemOf(again.submit(0.9))).toMatchObject({ code: 'rate_limited' });
  again.close();
});
