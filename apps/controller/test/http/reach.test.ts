// GET /v1/nodes/{node_id}/reach: the rule of each direction, and the tunnel as both ends report it.

import { formatRfc3339 } from '@mesh/primitives';
import {
  type AppliedMessage,
  encodeLiveRuns,
  encodePairRows,
  FIGURES_VERSION,
  type PairRow,
} from '@mesh/protocol';
import { expect, it } from 'vitest';
import type { TestNode } from '../support/index.ts';
import { problemOf, runningMesh } from '../support/running-mesh.ts';

function report(
  node: TestNode,
  peer: string,
  handshakeAgeMs: number | null,
  more: object = {},
): AppliedMessage {
  return node.sign('applied', {
    node_id: node.nodeId,
    sequence: node.nextSequence(),
    sent_at: formatRfc3339(Math.floor(node.controller.nowMs())),
    instance_id: node.instanceId,
    epoch_id: 5,
    peers: [{ node_id: peer, epoch_id: 5, handshake_age_ms: handshakeAgeMs }],
    ...more,
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
    { node_id: 'node-b', since, epoch_id: 5, handshake_age_ms: null, state: 'waiting', figures: null },
    { node_id: 'node-a', since, epoch_id: 5, handshake_age_ms: 12_000, state: 'up', figures: null },
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

const PROBED = { sent: 20, answered: 19, rttMs: 12.3, worstRttMs: 40, ageMs: 3_000 };

function figures(receivedBytes: number, forMs: number, probed: PairRow['probed'] = PROBED) {
  const row: PairRow = { traffic: { receivedBytes, sentBytes: 7, forMs }, probed };
  return { figures: { version: 1, probe_interval_ms: 10_000, rows: encodePairRows([row]) } };
}

it('says what each end measures, in each place where operators look, and nothing of a pair that is cut', async () => {
  await using mesh = await runningMesh(['node-a', 'node-b']);
  const { admin } = mesh.controller;
  const [a, b] = [mesh.node('node-a'), mesh.node('node-b')];
  const answer = await a.client.reportApplied(report(a, 'node-b', 0, figures(1_000, 60_000)));
  expect(answer.reads_figures).toBe(FIGURES_VERSION);
  const silent = { ...PROBED, answered: 0, rttMs: undefined, worstRttMs: undefined };
  await b.client.reportApplied(report(b, 'node-a', 0, figures(0, 60_000, silent)));
  await mesh.clock.advance(30_000);
  await a.client.reportApplied(report(a, 'node-b', 0, figures(4_000, 90_000)));
  await mesh.clock.advance(2_000);
  const measured = {
    traffic: { received_bytes: 4_000, sent_bytes: 7, rates: { received: 100, sent: 0, over_ms: 30_000 } },
    probes: {
      ...{ state: 'measured', sent: 20, answered: 19, loss: 0.05 },
      ...{ rtt_ms: 12.3, worst_rtt_ms: 40, age_ms: 5_000 },
    },
  };
  const { tunnel } = await admin.reach('node-a', 'node-b');
  expect(tunnel[0]?.figures).toEqual(measured);
  expect(tunnel[1]?.figures).toMatchObject({
    traffic: { received_bytes: 0, rates: null },
    probes: { state: 'no_answer', sent: 20, answered: 0, loss: null, rtt_ms: null, age_ms: 35_000 },
  });
  const detail = await admin.node('node-a');
  expect(detail.pairs[0]?.figures).toEqual(measured);
  expect(detail.tunnels?.figures).toEqual({
    ...{ received: 100, sent: 0, loss: 0.05, rtt_ms: 12.3, without_answer: 0 },
  });
  expect((await admin.node('node-b')).tunnels?.figures).toMatchObject({ loss: null, without_answer: 1 });
  const { pairs, nodes } = await admin.live();
  const n = (id: string) => nodes.find((node) => node.id === id)?.n ?? -1;
  const paths = (id: string) => pairs.find((each) => each.n === n(id))?.paths;
  const packed = (other: string, value: number) => encodeLiveRuns([[n(other), value]]);
  expect(paths('node-a')).toBe(packed('node-b', 1 + 5 + 101 * 123));
  expect(paths('node-b')).toBe(packed('node-a', 0));
  expect(pairs[0]?.paths_fresh_ms).toBe(60_000);
  await admin.quarantine('node-b', 'a test');
  expect((await admin.reach('node-a', 'node-b')).tunnel).toMatchObject([
    { figures: null },
    { figures: null },
  ]);
  expect((await admin.node('node-a')).pairs[0]?.figures).toBeNull();
});

it('takes a report of a thousand peers with figures, which is longer than other messages may be', async () => {
  await using mesh = await runningMesh(['node-a']);
  const a = mesh.node('node-a');
  const row: PairRow = { traffic: { receivedBytes: 1, sentBytes: 2, forMs: 60_000 }, probed: PROBED };
  const large = (count: number) => {
    const peers = Array.from({ length: count }, (_, at) => ({
      ...{ node_id: `node-${at}`, epoch_id: 5, handshake_age_ms: 1_000 },
    }));
    const rows = encodePairRows(peers.map(() => row));
    return report(a, '', 0, { peers, figures: { version: 1, probe_interval_ms: 40_000, rows } });
  };
  const longest = large(1_000);
  expect(JSON.stringify(longest).length).toBeGreaterThan(65_536);
  expect(await a.client.reportApplied(longest)).toMatchObject({ status: 'received' });
  expect((await mesh.controller.admin.node('node-a')).tunnels?.figures).toMatchObject({ rtt_ms: 12.3 });
  expect(await problemOf(a.client.reportApplied(large(2_000)))).toMatchObject({ code: 'body_too_large' });
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
