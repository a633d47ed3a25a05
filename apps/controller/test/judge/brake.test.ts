// The safety brake in a running controller: the limit that the peers get, the alarm, restarts, a disk that
// fails, and the decision of an operator.

import { readFileSync } from 'node:fs';
import { statusFile } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { openNextEpoch, until } from '../support/index.ts';
import { fullConfig, problemOf, type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const SIX = Array.from({ length: 6 }, (_, at) => `node-${at}`);
const settings = {
  policy: { maxBenchmarkAgeMs: 3_600_000 },
  brake: { hold_seconds: 300, limit_bits_per_second: 640_000 },
};

const heldIn = async ({ controller }: RunningMesh) =>
  (await controller.admin.brake()).held.map(({ node_id }) => node_id as string);
const outOf = async ({ controller }: RunningMesh) =>
  (await controller.admin.nodes()).nodes
    .filter(({ membership }) => membership !== 'ALLOWED')
    .map(({ node_id }) => node_id as string);

/** Six nodes of which four fail and are cut, and the last two as well, which are held. */
async function brakedMesh(): Promise<RunningMesh> {
  const mesh = await runningMesh(SIX, settings);
  for (const id of SIX) await mesh.node(id).submit(0.1);
  return mesh;
}

describe('a suite that fails every node', () => {
  it('cuts four, holds the others, limits them at their peers, and raises one alarm', async () => {
    await using mesh = await brakedMesh();
    const { controller } = mesh;
    expect(await outOf(mesh)).toEqual(SIX.slice(0, 4));
    expect(await heldIn(mesh)).toEqual(['node-4', 'node-5']);
    const { peers } = await fullConfig(mesh.node('node-4'));
    expect(peers).toMatchObject([{ node_id: 'node-5', limit: { bits_per_second: 640_000 } }]);
    const shown = await controller.admin.node('node-5');
    expect(shown).toMatchObject({ membership: 'ALLOWED', reason_code: 'held', limits: [{ cause: 'brake' }] });
    expect(shown.reason).toMatch(/^overall 0\.10 is below .*, but the brake holds the node in until \S+Z$/);
    expect(controller.logLines.filter((line) => line.includes('the brake is on'))).toHaveLength(1);
    const { entries } = await controller.admin.log({ limit: 1_000 });
    const alarm = entries.map(({ entry }) => entry).filter(({ type }) => type === 'brake_engaged');
    expect(alarm).toMatchObject([
      { data: { cause: 'below_threshold overall', cut: 4, cap: 4, admitted: 2, settings: { share: 0.2 } } },
    ]);
  });

  it('does the same when all results arrive at one moment', async () => {
    await using mesh = await runningMesh(SIX, settings);
    await Promise.all(SIX.map((id) => mesh.node(id).submit(0.1)));
    expect([await outOf(mesh), await heldIn(mesh)].map(({ length }) => length)).toEqual([4, 2]);
  });

  it('is shown in status.json', async () => {
    await using mesh = await brakedMesh();
    const { status } = mesh.controller.paths;
    await mesh.controller.stop();
    const file = statusFile.parse(JSON.parse(readFileSync(status, 'utf8')));
    expect(file.brake).toEqual({ held: 2, until_utc: expect.stringMatching(/Z$/) });
    expect(file.nodes['node-5']).toMatchObject({ membership: 'ALLOWED', reason_code: 'held' });
  });
});

describe('a policy that fails every node', () => {
  it('cuts four on disk as it did before the disk, and holds the others', async () => {
    await using mesh = await runningMesh(SIX, settings);
    const { admin } = mesh.controller;
    const text = JSON.stringify({ ...settings.policy, threshold: 0.99 });
    await admin.setPolicy({ text, reason: 'a mistake', at_once: true });
    expect([await outOf(mesh), await heldIn(mesh)].map(({ length }) => length)).toEqual([4, 2]);
    const { entries } = await admin.log({ limit: 1_000 });
    const denied = entries.map(({ entry }) => entry).filter(({ type }) => type === 'node_denied');
    expect(denied.map(({ node_id }) => node_id)).toEqual(await outOf(mesh));
  });
});

describe('a hold', () => {
  it('ends with a cut when its time is over, also after a restart, which counts as before', async () => {
    await using mesh = await brakedMesh();
    const before = (await mesh.controller.admin.brake()).held;
    await mesh.controller.restart();
    expect((await mesh.controller.admin.brake()).held).toEqual(before);
    await mesh.clock.advance(299_000);
    expect(await heldIn(mesh)).toHaveLength(2);
    await mesh.clock.advance(2_000);
    await until('the held nodes to be cut', async () => (await outOf(mesh)).length === 6);
    // A denial of before the restart still counts: a node that is new to the mesh would be held.
    const { recentCuts } = mesh.controller.running.services.view;
    expect(recentCuts.call(mesh.controller.running.services.view)).toHaveLength(6);
  });

  it('ends when the node is good again, and its peers get no limit any more', async () => {
    await using mesh = await brakedMesh();
    for (const id of ['node-4', 'node-5']) await mesh.node(id).submit(0.9);
    expect(await heldIn(mesh)).toEqual([]);
    const { peers } = await fullConfig(mesh.node('node-4'));
    expect(peers).toHaveLength(1);
    expect(peers[0]).not.toHaveProperty('limit');
    await openNextEpoch(mesh.controller);
    expect(await outOf(mesh)).toEqual(SIX.slice(0, 4));
  });

  it('is in force while the disk fails, and is recorded when it is back', async () => {
    await using mesh = await runningMesh(SIX, settings);
    mesh.controller.failWrites(true);
    for (const id of SIX)
      expect(await problemOf(mesh.node(id).submit(0.1))).toMatchObject({ code: 'storage_unavailable' });
    expect(await outOf(mesh)).toEqual(SIX.slice(0, 4));
    expect(await mesh.controller.admin.node('node-5')).toMatchObject({
      reason_code: 'ok',
      limits: [{ cause: 'brake' }],
    });
    mesh.controller.failWrites(false);
    await mesh.clock.advance(1_000);
    await until('the holds to be recorded', async () => (await heldIn(mesh)).length === 2);
    expect(await outOf(mesh)).toEqual(SIX.slice(0, 4));
  });
});

describe('the end of the brake', () => {
  it('by a cut denies the held nodes at once', async () => {
    await using mesh = await brakedMesh();
    const { admin } = mesh.controller;
    expect((await admin.endBrake({ decision: 'cut', reason: 'they are bad' })).held).toEqual([]);
    expect(await outOf(mesh)).toEqual(SIX);
    expect(await problemOf(admin.endBrake({ decision: 'cut', reason: 'again' }))).toMatchObject({
      code: 'state_conflict',
    });
  });

  it('by a release takes the limit away, and is logged with its actor', async () => {
    await using mesh = await brakedMesh();
    const { admin } = mesh.controller;
    const { held } = await admin.endBrake({
      decision: 'release',
      reason: 'the suite is wrong',
      for_seconds: 600,
    });
    expect(held.map(({ limited }) => limited)).toEqual([false, false]);
    const { peers } = await fullConfig(mesh.node('node-4'));
    expect(peers[0]).not.toHaveProperty('limit');
    const { entries } = await admin.log({ limit: 1_000 });
    const ended = entries.map(({ entry }) => entry).find(({ type }) => type === 'brake_ended');
    expect(ended).toMatchObject({
      data: { decision: 'release', held: 2, actor: 'socket', why: 'the suite is wrong' },
    });
    await mesh.clock.advance(601_000);
    await until('the released nodes to be cut', async () => (await outOf(mesh)).length === 6);
  });
});
