// The live state: whole at first, then what has changed, and after a break what was missed.

import { formatRfc3339 } from '@mesh/primitives';
import type { AppliedMessage, LivePairs } from '@mesh/protocol';
import { expect, it } from 'vitest';
import { openLive } from '../support/dashboard.ts';
import { type TestController, type TestNode, until } from '../support/index.ts';
import { bearer } from '../support/network-admin.ts';
import { type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const report = (node: TestNode, peers: AppliedMessage['peers'], epochId = 5): AppliedMessage =>
  node.sign('applied', {
    node_id: node.nodeId,
    sequence: node.nextSequence(),
    sent_at: formatRfc3339(Math.floor(node.controller.nowMs())),
    instance_id: node.instanceId,
    epoch_id: epochId,
    peers,
  }) as AppliedMessage;

/** By the other end's number, where ages and gaps are below 128 and so one byte each. */
function agesOf({ tunnels }: LivePairs): ReadonlyMap<number, number> {
  const ages = new Map<number, number>();
  const bytes = [...Buffer.from(tunnels, 'base64')];
  for (let n = 0; bytes.length > 0; ) {
    const [passed = 0, count = 0] = bytes.splice(0, 2);
    n += passed;
    for (const age of bytes.splice(0, count)) ages.set(n++, age);
  }
  return ages;
}

async function keyHeaders({ admin }: TestController): Promise<Record<string, string>> {
  return bearer((await admin.createKey({ name: 'a screen', role: 'viewer' })).key);
}

/** Moves the clock by looks of the state until the condition holds. */
async function lookUntil({ clock }: RunningMesh, what: string, holds: () => boolean): Promise<void> {
  await until(what, async () => {
    if (holds()) return true;
    await clock.advance(500);
    return holds();
  });
}

it('is whole in one answer, with what each end reports of its tunnels', async () => {
  await using mesh = await runningMesh(['node-a', 'node-b', 'node-c']);
  const { admin } = mesh.controller;
  const [a, b] = [mesh.node('node-a'), mesh.node('node-b')];
  const sinceMs = Math.floor(mesh.controller.nowMs());
  await a.client.reportApplied(
    report(a, [
      { node_id: b.nodeId, epoch_id: 5, handshake_age_ms: 10_400 },
      { node_id: mesh.node('node-c').nodeId, epoch_id: 4, handshake_age_ms: null },
    ] as AppliedMessage['peers']),
  );
  const state = await admin.live();
  const n = (id: string) => state.nodes.find((node) => node.id === id)?.n ?? -1;
  expect(state).toMatchObject({ reset: true, fresh_ms: 100_000, gone: [] });
  expect(state.nodes).toHaveLength(3);
  expect(state.nodes[0]).toMatchObject({
    membership: 'ALLOWED',
    status: 'active',
    overall: 0.9,
    troubles: [],
  });
  const [pairs] = state.pairs;
  expect(pairs).toMatchObject({ n: n('node-a'), epoch: 5, epochs: { [n('node-c')]: 4 } });
  expect(pairs?.since_ms).toEqual({ [n('node-c')]: sinceMs });
  expect(pairs && agesOf(pairs).get(n('node-b'))).toBe(11);
  expect(pairs && agesOf(pairs).get(n('node-c'))).toBe(0);
  expect(pairs && agesOf(pairs).get(n('node-a'))).toBeUndefined();
  const epoch = await admin.epoch();
  expect(state.epoch).toMatchObject({ id: epoch.epoch_id, ends_at: epoch.expiry_utc });
  expect(state.head?.size).toBe((await admin.health()).log?.published_size);
  expect(state.log.at(-1)?.index).toBe((await admin.log()).size - 1);
});

it('streams what changes, a node for a node, and goes on after a break with what was missed', async () => {
  await using mesh = await runningMesh(['node-a', 'node-b']);
  const { controller } = mesh;
  const headers = await keyHeaders(controller);
  const live = await openLive(controller, headers);
  await lookUntil(mesh, 'the whole state', () => live.events().length > 0);
  expect(live.heard.text).toContain('text/event-stream');
  expect(live.events()[0]?.state).toMatchObject({ reset: true });
  await controller.admin.quarantine('node-a', 'a test');
  const quarantined = () =>
    live
      .events()
      .slice(1)
      .filter(({ state }) => state.nodes.length > 0);
  await lookUntil(mesh, 'the change', () => quarantined().length > 0);
  const { state, id } = quarantined()[0] ?? {};
  expect(state?.nodes.map((node) => [node.id, node.status, node.membership])).toEqual([
    ['node-a', 'quarantined', 'DENIED'],
  ]);
  expect(state?.reset).toBe(false);
  expect(
    live
      .events()
      .flatMap((event) => event.state.log)
      .some(({ entry }) => entry.type === 'node_quarantined'),
  ).toBe(true);
  live.socket.destroy();
  await controller.admin.release('node-a', 'a test');
  const size = (await controller.admin.log()).size;
  const resumed = await openLive(controller, { ...headers, 'last-event-id': id ?? '' });
  await lookUntil(mesh, 'what was missed', () =>
    resumed.events().some(({ state: missed }) => missed.log.some(({ index }) => index === size - 1)),
  );
  const [first] = resumed.events();
  expect(first?.state.reset).toBe(false);
  expect(resumed.events().flatMap(({ state: missed }) => missed.nodes.map((node) => node.id))).not.toContain(
    'node-b',
  );
  // An id of another run, or none of ours: everything anew.
  for (const other of ['0123456789abcdef-1-1', 'x', `${id?.split('-')[0]}-999999-1`]) {
    const anew = await openLive(controller, { ...headers, 'last-event-id': other });
    await lookUntil(mesh, 'the whole state', () => anew.events().length > 0);
    expect(anew.events()[0]?.state.reset).toBe(true);
    anew.socket.destroy();
  }
});

it('says that a node is gone, and beats when nothing happens', async () => {
  await using mesh = await runningMesh(['node-a', 'node-b']);
  const { controller } = mesh;
  const live = await openLive(controller, await keyHeaders(controller));
  await lookUntil(mesh, 'the whole state', () => live.events().length > 0);
  const n = live.events()[0]?.state.nodes.find(({ id }) => id === 'node-b')?.n;
  await controller.admin.revoke('node-b', 'a test');
  await controller.admin.deleteNode('node-b', 'a test');
  await lookUntil(mesh, 'the end of the node', () =>
    live.events().some(({ state }) => state.gone.length > 0),
  );
  expect(live.events().flatMap(({ state }) => state.gone)).toEqual([n]);
  const before = live.events().length;
  for (let seconds = 0; seconds < 21; seconds += 1) await mesh.clock.advance(1_000);
  await until('beats', () => live.events().length > before);
});

it('ends when the controller does, without holding it up', async () => {
  const mesh = await runningMesh(['node-a']);
  const live = await openLive(mesh.controller, await keyHeaders(mesh.controller));
  await lookUntil(mesh, 'the whole state', () => live.events().length > 0);
  await mesh[Symbol.asyncDispose]();
  await until('the end', () => live.heard.isClosed);
  expect(live.heard.text).toContain('\r\n0\r\n\r\n');
});

it('lets 64 read at once', async () => {
  await using mesh = await runningMesh([]);
  const { live } = mesh.controller.running.services;
  const ends = Array.from({ length: 64 }, () => live.open());
  const refused = await openLive(mesh.controller, await keyHeaders(mesh.controller));
  await until('an answer', () => refused.statuses().length > 0);
  expect(refused.statuses()).toEqual([429]);
  ends[0]?.();
  expect((await mesh.controller.admin.live()).reset).toBe(true);
});

it('a node has its results over time, the oldest first, as the policy in force judges them', async () => {
  await using mesh = await runningMesh(['node-a'], {
    policy: { decision: { kind: 'interval' } },
    declining: { limit_bits_per_second: 1_000_000 },
  });
  await mesh.clock.advance(20_000);
  await mesh.node('node-a').submit(0.8, { samples: { overall: 100 } });
  const scores = await mesh.controller.admin.nodeScores('node-a');
  expect(scores).toMatchObject({ node_id: 'node-a', metrics: [{ metric: 'overall' }] });
  const [first, second] = scores.points.map((point) => point.scores[0]);
  expect(scores.points).toHaveLength(2);
  expect(first?.[0]).toBe(0.9);
  expect(second).toEqual([0.8, expect.closeTo(0.711, 2), expect.closeTo(0.867, 2)]);
  expect(scores.points[0]?.index).toBeLessThan(scores.points[1]?.index ?? 0);
});
