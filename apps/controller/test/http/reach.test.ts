// GET /v1/nodes/{node_id}/reach: the rule of each direction, and the tunnel as both ends report it.

import { formatRfc3339 } from '@mesh/primitives';
import type { AppliedMessage } from '@mesh/protocol';
import { expect, it } from 'vitest';
import type { TestNode } from '../support/index.ts';
import { problemOf, runningMesh } from '../support/running-mesh.ts';

function report(node: TestNode, peer: string, handshakeAgeMs: number | null): AppliedMessage {
  return node.sign('applied', {
    node_id: node.nodeId,
    sequence: node.nextSequence(),
    sent_at: formatRfc3339(Math.floor(node.controller.nowMs())),
    instance_id: node.instanceId,
    epoch_id: 5,
    peers: [{ node_id: peer, epoch_id: 5, handshake_age_ms: handshakeAgeMs }],
  }) as AppliedMessage;
}

it('says what is allowed, and what both ends report of the tunnel, until a node is quarantined', async () => {
  await using mesh = await runningMesh(['node-a', 'node-b']);
  const { admin } = mesh.controller;
  const [a, b] = [mesh.node('node-a'), mesh.node('node-b')];
  const silent = await admin.reach('node-a', 'node-b');
  expect(silent.tunnel).toEqual([null, null]);
  expect(silent.directions).toMatchObject([
    { from: 'node-a', to: 'node-b', allowed: true, rule: 'peers', port: null },
    { from: 'node-b', to: 'node-a', allowed: true, rule: 'peers', port: null },
  ]);
  const since = formatRfc3339(Math.floor(mesh.controller.nowMs()));
  await a.client.reportApplied(report(a, 'node-b', 10_000));
  await b.client.reportApplied(report(b, 'node-a', null));
  await mesh.clock.advance(2_000);
  const { tunnel, ends } = await admin.reach('node-b', 'node-a');
  expect(tunnel).toEqual([
    { node_id: 'node-b', since, epoch_id: 5, handshake_age_ms: null, state: 'waiting' },
    { node_id: 'node-a', since, epoch_id: 5, handshake_age_ms: 12_000, state: 'up' },
  ]);
  expect(ends).toMatchObject([{ node_id: 'node-b', status: 'active' }, { node_id: 'node-a' }]);
  await admin.quarantine('node-b', 'a test');
  expect((await admin.reach('node-a', 'node-b')).directions[0]).toMatchObject({
    ...{ allowed: false, rule: 'not_in' },
    sentence: expect.stringMatching(/^node-b is out: .*quarantine/),
  });
  // A report that is too old says nothing about now.
  await mesh.clock.advance(120_000);
  expect((await admin.reach('node-a', 'node-b')).tunnel).toEqual([null, null]);
});

it('knows the groups of classes', async () => {
  await using mesh = await runningMesh(['node-a', 'node-b'], {
    peer_groups: { one: ['other'] },
    policy: { classes: [{ name: 'other' }] },
  });
  const { directions } = await mesh.controller.admin.reach('node-a', 'node-b');
  expect(directions).toMatchObject([
    { allowed: false, rule: 'peer_groups', sentence: expect.stringContaining('default') },
    { allowed: false, rule: 'peer_groups' },
  ]);
});

it('refuses a node that there is not, and a node with itself', async () => {
  await using mesh = await runningMesh(['node-a']);
  const { admin } = mesh.controller;
  expect(await problemOf(admin.reach('node-a', 'node-x'))).toMatchObject({ code: 'not_found' });
  expect(await problemOf(admin.reach('node-x', 'node-a'))).toMatchObject({ code: 'not_found' });
  expect(await problemOf(admin.reach('node-a', 'node-a'))).toMatchObject({ code: 'invalid_parameter' });
});
