// Epochs as nodes see them, on a fake clock that only the test moves.

import { FakeClock } from '@mesh/host/test-kit';
import { epochsAt, lastEpochId } from '@mesh/membership';
import { parseNodeId } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import {
  enrolTestNode,
  freezeNextEpoch,
  openNextEpoch,
  startTestController,
  until,
} from '../support/index.ts';
import { asDelta, fullConfig, problemOf, type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const [NODE_A, NODE_B] = [parseNodeId('node-a'), parseNodeId('node-b')];
const HOUR_MS = 3_600_000;
const membership = (mesh: RunningMesh, name: string) =>
  mesh.controller.running.services.view.node(name)?.membership;
const opened = (mesh: RunningMesh) => lastEpochId(mesh.controller.running.services.view);

describe('the admission set', () => {
  it('is fixed at the freeze: a node that qualifies later waits for the next boundary', async () => {
    await using mesh = await runningMesh(['node-a']);
    const late = await enrolTestNode(mesh.controller, 'node-l');
    await mesh.node('node-a').submit(0.9);
    await freezeNextEpoch(mesh.controller);
    const { next } = epochsAt(mesh.controller.running.services.view, mesh.clock.nowMs());
    expect((next?.activateAtMs ?? 0) - mesh.clock.nowMs()).toBe(5_000);
    expect((next?.activateAtMs ?? 1) % 60_000).toBe(0);
    expect((await late.submit(0.9)).reason_code).toBe('waits_for_boundary');
    await mesh.clock.advance(10_000);
    expect(membership(mesh, 'node-l')).toBe('never');
    await freezeNextEpoch(mesh.controller);
    expect(membership(mesh, 'node-l')).toBe('admitted');
    late.close();
  });

  it('loses a node that is denied after the freeze at once', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    await mesh.node('node-a').submit(0.9);
    await mesh.node('node-b').submit(0.9);
    await freezeNextEpoch(mesh.controller);
    expect((await fullConfig(mesh.node('node-a'))).peers).toHaveLength(1);
    await mesh.node('node-b').submit(0.1);
    const config = await fullConfig(mesh.node('node-a'));
    expect([config.peers, config.keys?.current?.psks, config.keys?.next?.psks]).toEqual([[], {}, {}]);
  });
});

describe('keys', () => {
  it('are equal at both ends of a pair, change with every epoch, and carry over the boundary', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const seen = new Set<string>();
    for (let round = 0; round < 3; round++) {
      await mesh.node('node-a').submit(0.9);
      await mesh.node('node-b').submit(0.9);
      const epochId = await freezeNextEpoch(mesh.controller);
      const [a, b] = [await fullConfig(mesh.node('node-a')), await fullConfig(mesh.node('node-b'))];
      const key = a.keys?.next?.psks[NODE_B] ?? '';
      expect(key).toHaveLength(44);
      expect(b.keys?.next?.psks[NODE_A]).toBe(key);
      expect(a.keys?.current?.psks[NODE_B]).not.toBe(key);
      await openNextEpochAt(mesh);
      const after = await fullConfig(mesh.node('node-a'));
      expect(after.keys).toEqual({ suite: 'none', current: { epoch_id: epochId, psks: { 'node-b': key } } });
      seen.add(key);
    }
    expect(seen.size).toBe(3);
  });
});

async function openNextEpochAt(mesh: RunningMesh): Promise<void> {
  const { next } = epochsAt(mesh.controller.running.services.view, mesh.clock.nowMs());
  if (next !== undefined) await mesh.clock.advance(next.activateAtMs - mesh.clock.nowMs());
}

describe('a clock that is set back over a boundary', () => {
  it('does not bring back an epoch whose keys are gone: the epoch in force stays in force', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b', 'node-c']);
    for (const node of Object.values(mesh.nodes)) await node.submit(0.9);
    const inForce = await openNextEpoch(mesh.controller);
    await mesh.clock.advance(1_500);
    const { version } = await fullConfig(mesh.node('node-a'));
    mesh.clock.jumpWall(-10_000);
    await mesh.clock.advance(2_000);
    const moved = mesh.node('node-c');
    await moved.client.reportEndpoint(moved.endpoint(['192.0.2.77']));
    await mesh.node('node-b').submit(0.1);
    const delta = asDelta(await mesh.node('node-a').config({ version }));
    expect(delta).toMatchObject({ removed: [NODE_B], added: [{ node_id: 'node-c' }] });
    expect(delta.keys).toMatchObject({ current: { epoch_id: inForce } });
    expect((await fullConfig(mesh.node('node-a'))).keys).toMatchObject({ current: { epoch_id: inForce } });
    const next = await freezeNextEpoch(mesh.controller);
    expect((await fullConfig(mesh.node('node-a'))).keys).toMatchObject({
      current: { epoch_id: inForce },
      next: { epoch_id: next },
    });
  });
});

describe('a start', () => {
  it('opens a higher epoch one lead ahead, and only its keys are given out', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    for (let start = 0; start < 3; start++) {
      const before = opened(mesh);
      await mesh.controller.restart();
      mesh.node('node-a').reconnect();
      expect(opened(mesh)).toBe(before + 1);
      const config = await fullConfig(mesh.node('node-a'));
      expect(config.allowed).toBe(true);
      expect(config.keys?.current).toBeUndefined();
      expect(config.keys?.next?.epoch_id).toBe(before + 1);
      const activateAt = Date.parse(config.keys?.next?.activate_at ?? '');
      expect(activateAt - mesh.clock.nowMs()).toBe(5_000);
    }
  });
});

describe('a rotation', () => {
  it('opens the next epoch one lead from now; another rotation before that returns the same epoch', async () => {
    await using mesh = await runningMesh(['node-a']);
    const before = opened(mesh);
    const [first, second] = await Promise.all([
      mesh.controller.admin.rotate(),
      mesh.controller.admin.rotate(),
    ]);
    expect(first).toMatchObject({ status: 'rotate triggered', epoch_id: before + 1 });
    expect(second).toEqual(first);
    expect(Date.parse(first.activate_at) - mesh.clock.nowMs()).toBe(5_000);
    expect(opened(mesh)).toBe(before + 1);
    await mesh.clock.advance(5_000);
    expect((await mesh.controller.admin.rotate()).epoch_id).toBe(before + 2);
  });
});

describe('staleness', () => {
  it('denies at the exact millisecond', async () => {
    await using mesh = await runningMesh(['node-a']);
    await mesh.clock.advance(7_321);
    await mesh.node('node-a').submit(0.9);
    await mesh.clock.advance(120_000);
    expect(membership(mesh, 'node-a')).toBe('admitted');
    await mesh.clock.advance(1);
    await until('the denial', () => membership(mesh, 'node-a') === 'denied');
  });

  it('is waived for an interval after a start, and not a millisecond longer', async () => {
    await using mesh = await runningMesh(['node-a']);
    await mesh.node('node-a').submit(0.9);
    await mesh.controller.stop();
    mesh.clock.suspend(10 * 60_000);
    await mesh.controller.start();
    expect(membership(mesh, 'node-a')).toBe('admitted');
    await mesh.clock.advance(59_999);
    expect(membership(mesh, 'node-a')).toBe('admitted');
    await mesh.clock.advance(1);
    await until('the denial', () => membership(mesh, 'node-a') === 'denied');
  });

  it('is not waived for ever if the controller is started again and again', async () => {
    await using mesh = await runningMesh(['node-a']);
    // This process runs longer than its waiver lasts.
    await openNextEpoch(mesh.controller);
    await mesh.clock.advance(10_000);
    await mesh.node('node-a').submit(0.9);
    for (let starts = 0; starts < 4; starts++) {
      expect(membership(mesh, 'node-a')).toBe('admitted');
      await mesh.clock.advance(50_000);
      await mesh.controller.restart();
    }
    await until('the denial', () => membership(mesh, 'node-a') === 'denied');
  });

  it.each([
    ['forward', HOUR_MS],
    ['back', -HOUR_MS],
  ])(
    'is waived after the clock jumps an hour %s; epochs continue with higher ids',
    async (_where, jumpMs) => {
      await using mesh = await runningMesh(['node-a', 'node-b']);
      await mesh.node('node-a').submit(0.9);
      await mesh.node('node-b').submit(0.9);
      const before = opened(mesh);
      mesh.clock.jumpWall(jumpMs);
      await mesh.clock.advance(2_000);
      expect([membership(mesh, 'node-a'), membership(mesh, 'node-b')]).toEqual(['admitted', 'admitted']);
      await mesh
        .node('node-a')
        .submit(0.9)
        .catch(() => undefined);
      await until('an epoch', () => opened(mesh) > before || jumpMs > 0);
      await mesh.clock.advance(50_000);
      expect(membership(mesh, 'node-b')).toBe('admitted');
      await openNextEpoch(mesh.controller);
      await openNextEpoch(mesh.controller);
      expect(opened(mesh)).toBeGreaterThan(before);
      expect(membership(mesh, 'node-b')).toBe('denied');
      const { view } = mesh.controller.running.services;
      const next = view.epochs().at(-1);
      expect(Math.abs((next?.activateAtMs ?? 0) - mesh.clock.nowMs())).toBeLessThan(120_000);
    },
  );

  it('never spares a bad score', async () => {
    await using mesh = await runningMesh(['node-a']);
    await mesh.controller.restart();
    mesh.node('node-a').reconnect();
    await mesh.node('node-a').submit(0.1);
    expect(membership(mesh, 'node-a')).toBe('denied');
  });
});

describe('the challenge', () => {
  it('is renewed with every epoch; the previous one stays valid, older ones do not', async () => {
    await using mesh = await runningMesh([], { policy: { requireChallenge: true } });
    const node = await enrolTestNode(mesh.controller, 'node-a');
    const challenge = async () => (await fullConfig(node)).challenge ?? '';
    const first = await challenge();
    await node.submit(0.9, { challenge: first });
    await openNextEpoch(mesh.controller);
    const second = await challenge();
    expect(second).not.toBe(first);
    await node.submit(0.9, { challenge: first });
    await openNextEpoch(mesh.controller);
    expect(await problemOf(node.submit(0.9, { challenge: first }))).toMatchObject({
      code: 'challenge_wrong',
    });
    await node.submit(0.9, { challenge: second });
    node.close();
  });

  it('is not used up by epochs that the disk refuses', async () => {
    await using mesh = await runningMesh([], { policy: { requireChallenge: true } });
    const node = await enrolTestNode(mesh.controller, 'node-a');
    const challenge = (await fullConfig(node)).challenge ?? '';
    mesh.controller.failWrites(true);
    await mesh.clock.advance(120_000);
    mesh.controller.failWrites(false);
    await mesh.clock.advance(500);
    await node.submit(0.9, { challenge });
    node.close();
  });
});

describe('a controller that starts', () => {
  it('without nodes opens epoch 1', async () => {
    await using controller = await startTestController({ clock: new FakeClock({ nowMs: Date.now() }) });
    expect((await controller.public.health()).epoch_id).toBe(1);
  });
});
