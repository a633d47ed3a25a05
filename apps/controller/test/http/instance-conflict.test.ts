// Two agents with one identity: the second is refused, both are told, the log has it once a minute, and an
// agent that crashed and was restarted takes over.

import { InstanceConflicts } from '@mesh/membership';
import { parseNodeId } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { NodeKem, type TestNode, until } from '../support/index.ts';
import {
  fullConfig,
  problemOf,
  type RunningMesh,
  runningMesh,
  untilWaiting,
} from '../support/running-mesh.ts';

const NODE_A = parseNodeId('node-a');
const NODE_B = parseNodeId('node-b');

const settings = { epoch_seconds: 86_400, max_benchmark_age_seconds: 86_400 * 3 };
const conflictsIn = async (mesh: RunningMesh) => {
  const { entries } = await mesh.controller.admin.log({ limit: 1000 });
  return entries.map(({ entry }) => entry).filter(({ type }) => type === 'instance_conflict');
};

/** Node a, whose query has just been answered and which has not asked again. */
async function betweenQueries(mesh: RunningMesh): Promise<TestNode> {
  const node = mesh.node('node-a');
  const { version } = await fullConfig(node);
  const query = node.config({ version, waitSeconds: 10 });
  await untilWaiting(mesh, 1);
  await mesh.clock.advance(10_000);
  expect(await query).toBeUndefined();
  return node;
}

describe('a second agent with the identity of one that runs', () => {
  it('is refused, and both are told; the log says so once a minute', async () => {
    await using mesh = await runningMesh(['node-a'], settings);
    const node = mesh.node('node-a');
    const first = node.instanceId;
    const { version } = await fullConfig(node);
    const query = node.config({ version, waitSeconds: 60 });
    await untilWaiting(mesh, 1);
    expect(await node.submit(0.9)).not.toHaveProperty('other_instance');
    const refuse = () => problemOf(node.config({ version, waitSeconds: 25, instanceId: 'second-agent' }));
    for (let times = 0; times < 3; times++)
      expect(await refuse()).toEqual({ code: 'instance_conflict', retryAfter: 5 });

    const seenAt = new Date(Math.floor(mesh.clock.nowMs())).toISOString();
    expect(await node.submit(0.9)).toMatchObject({
      other_instance: { instance_id: 'second-agent', seen_at: seenAt },
    });
    expect(await node.submit(0.9, { instance_id: 'second-agent' })).toMatchObject({
      other_instance: { instance_id: first },
    });
    expect(await node.submit(0.9, { instance_id: 'some-other-agent' })).not.toHaveProperty('other_instance');
    expect(await conflictsIn(mesh)).toMatchObject([
      { node_id: 'node-a', data: { running: first, refused: 'second-agent' } },
    ]);

    await mesh.clock.advance(60_000);
    expect(await query).toBeUndefined();
    const next = node.config({ version, waitSeconds: 60 });
    await untilWaiting(mesh, 1);
    await refuse();
    expect(await conflictsIn(mesh)).toHaveLength(2);
    await mesh.clock.advance(60_000);
    await next;
  });

  it('does not have the keys sealed to its own key, neither during the first one’s query nor between two', async () => {
    await using mesh = await runningMesh(['node-a'], settings);
    const node = mesh.node('node-a');
    const keyOfNode = () => mesh.controller.running.services.view.node('node-a')?.kemPublicKey;
    const submitWith = async (instance_id: string) => {
      const { publicKeyText } = new NodeKem();
      await node.submit(0.9, { instance_id, kem_public_key: publicKeyText });
      return publicKeyText;
    };
    node.renewKem();
    await node.submit(0.9);
    const first = node.kems.at(-1)?.publicKeyText;
    expect(keyOfNode()).toBe(first);
    const { version } = await fullConfig(node);
    const query = node.config({ version, waitSeconds: 60 });
    await untilWaiting(mesh, 1);
    await submitWith('second-agent');
    expect(keyOfNode()).toBe(first);

    await problemOf(node.config({ version, waitSeconds: 25, instanceId: 'second-agent' }));
    await mesh.clock.advance(60_000);
    await query;
    const again = node.config({ version, waitSeconds: 5 });
    await untilWaiting(mesh, 1);
    await problemOf(node.config({ version, waitSeconds: 25, instanceId: 'second-agent' }));
    await mesh.clock.advance(5_000);
    await again;
    await submitWith('second-agent');
    expect(keyOfNode()).toBe(first);
    // Nobody else has asked for so long that it would be the one that runs.
    await mesh.clock.advance(5_000);
    expect(keyOfNode()).not.toBe(await submitWith('some-agent'));
    expect(keyOfNode()).not.toBe(first);
  });

  it('is refused between two queries of the first one, for as long as that takes to ask again', async () => {
    await using mesh = await runningMesh(['node-a'], settings);
    const node = await betweenQueries(mesh);
    const second = () => node.config({ version: 'none', waitSeconds: 10, instanceId: 'second-agent' });
    expect(await problemOf(second())).toMatchObject({ code: 'instance_conflict' });
    await mesh.clock.advance(2_999);
    expect(await problemOf(second())).toMatchObject({ code: 'instance_conflict' });
    await mesh.clock.advance(1);
    expect((await second())?.body).toMatchObject({ allowed: true });
  });

  it('takes over at once where the first one has hung up between two queries', async () => {
    await using mesh = await runningMesh(['node-a'], settings);
    const node = await betweenQueries(mesh);
    const { waiters } = mesh.controller.running.services;
    const isThere = () => waiters.openInstance(NODE_A, mesh.clock.monotonicMs()) !== undefined;
    expect(isThere()).toBe(true);
    node.close();
    await until('its place to be free', () => !isThere());
    const second = await node.config({ version: 'none', waitSeconds: 10, instanceId: 'after-the-crash' });
    expect(second?.body).toMatchObject({ allowed: true });
    expect(await conflictsIn(mesh)).toEqual([]);
  });

  it('takes over once the first one’s connection has gone, as an agent does that crashed and was restarted', async () => {
    await using mesh = await runningMesh(['node-a'], settings);
    const node = mesh.node('node-a');
    const { version } = await fullConfig(node);
    const crash = new AbortController();
    const lost = node.config({ version, waitSeconds: 60 }, crash.signal).catch(() => 'cut off');
    await untilWaiting(mesh, 1);
    crash.abort(new Error('killed'));
    expect(await lost).toBe('cut off');
    await untilWaiting(mesh, 0);
    const query = node.config({ version, waitSeconds: 25, instanceId: 'after-the-crash' });
    await untilWaiting(mesh, 1);
    await mesh.clock.advance(25_000);
    expect(await query).toBeUndefined();
    expect(await conflictsIn(mesh)).toEqual([]);
  });
});

describe('InstanceConflicts', () => {
  const at = (seenAtMs: number) => ({ running: 'one', refused: 'two', seenAtMs });

  it.each([
    [0, false],
    [59_999, false],
    [60_000, true],
  ])('logs a conflict again %i ms later: %s', (laterMs, logged) => {
    const conflicts = new InstanceConflicts();
    expect(conflicts.note(NODE_A, at(1_000))).toBe(true);
    expect(conflicts.note(NODE_A, at(1_000 + laterMs))).toBe(logged);
    expect(conflicts.note(NODE_B, at(1_000 + laterMs))).toBe(true);
  });

  it.each([
    [0, true],
    [300_000, true],
    [300_001, false],
  ])('tells of it %i ms later: %s', (laterMs, told) => {
    const conflicts = new InstanceConflicts();
    conflicts.note(NODE_A, at(1_000));
    expect(conflicts.otherThan(NODE_A, 'one', 1_000 + laterMs) !== undefined).toBe(told);
    expect(conflicts.otherThan(NODE_B, 'one', 1_000 + laterMs)).toBeUndefined();
  });
});
