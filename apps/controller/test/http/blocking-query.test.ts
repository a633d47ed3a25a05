// GET /v1/config as a blocking query: nothing is missed, everything is exact, one a node.

import { isDelta, verifyMessage } from '@mesh/protocol';
import { describe, expect, it, vi } from 'vitest';
import { PskDeriver } from '../../src/keys/psk-deriver.ts';
import { enrolTestNode, freezeNextEpoch, modelOf, openNextEpoch } from '../support/index.ts';
import { asDelta, fullConfig, problemOf, runningMesh, untilWaiting } from '../support/running-mesh.ts';

describe('a blocking query', () => {
  it('ends with 304 when its wait is over, not a millisecond before', async () => {
    await using mesh = await runningMesh(['node-a'], {
      epoch_seconds: 3600,
      max_benchmark_age_seconds: 9000,
    });
    const { version } = await fullConfig(mesh.node('node-a'));
    let answered = false;
    const query = mesh.node('node-a').config({ version, waitSeconds: 25 });
    void query.then(() => {
      answered = true;
    });
    await untilWaiting(mesh);
    await mesh.clock.advance(24_999);
    expect([answered, mesh.controller.waitingQueries()]).toEqual([false, 1]);
    await mesh.clock.advance(1);
    expect(await query).toBeUndefined();
  });

  it('of a peer is answered at once after a denial: removed, nothing else, nothing derived', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b', 'node-c']);
    const { version } = await fullConfig(mesh.node('node-a'));
    const query = mesh.node('node-a').config({ version, waitSeconds: 25 });
    await untilWaiting(mesh);
    const derive = vi.spyOn(PskDeriver.prototype, 'derive');
    try {
      await mesh.node('node-c').submit(0.2);
      const answer = await query;
      const delta = asDelta(answer);
      expect(delta).toMatchObject({ base: version, removed: ['node-c'], added: [], allowed: true });
      expect(delta).not.toHaveProperty('keys');
      expect(verifyMessage('config', answer?.raw ?? {}, mesh.node('node-a').configPublicKey)).toBe(true);
      const own = await fullConfig(mesh.node('node-c'));
      expect(own).toMatchObject({ allowed: false, peers: [], reason_code: 'below_threshold' });
      expect(own).not.toHaveProperty('keys');
      expect(derive).not.toHaveBeenCalled();
      // The spy sees what is derived.
      await fullConfig(mesh.node('node-a'));
      expect(derive).toHaveBeenCalled();
    } finally {
      derive.mockRestore();
    }
  });

  it('of the denied node itself is answered with its denial and no key', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { version } = await fullConfig(mesh.node('node-b'));
    const query = mesh.node('node-b').config({ version, waitSeconds: 25 });
    await untilWaiting(mesh);
    await mesh.node('node-b').submit(0);
    expect((await query)?.body).toMatchObject({ allowed: false, peers: [] });
    expect((await query)?.body).not.toHaveProperty('keys');
  });

  it('gets a newcomer at the freeze, with a key of the next epoch alone', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const newcomer = await enrolTestNode(mesh.controller, 'node-n');
    await mesh.node('node-a').submit(0.9);
    await mesh.node('node-b').submit(0.9);
    await newcomer.submit(0.9);
    const { version } = await fullConfig(mesh.node('node-a'));
    const query = mesh.node('node-a').config({ version, waitSeconds: 60 });
    await untilWaiting(mesh);
    const epochId = await freezeNextEpoch(mesh.controller);
    const delta = asDelta(await query);
    expect(delta.added.map((peer) => peer.node_id)).toEqual(['node-n']);
    expect(delta.removed).toEqual([]);
    expect(delta.keys?.current).toBeUndefined();
    expect(delta.keys?.next?.epoch_id).toBe(epochId);
    expect(Object.keys(delta.keys?.next?.psks ?? {}).sort()).toEqual(['node-b', 'node-n']);
    const full = await fullConfig(mesh.node('node-a'));
    expect(Object.keys(full.keys?.current?.psks ?? {})).toEqual(['node-b']);
    newcomer.close();
  });

  it('is superseded by a newer one of the same instance, and refuses a second instance', async () => {
    await using mesh = await runningMesh(['node-a'], {
      epoch_seconds: 3600,
      max_benchmark_age_seconds: 9000,
    });
    const node = mesh.node('node-a');
    const { version } = await fullConfig(node);
    const first = problemOf(node.config({ version, waitSeconds: 25 }));
    await untilWaiting(mesh);
    for (const query of [{ waitSeconds: 25 }, { waitSeconds: 0 }]) {
      const second = await problemOf(node.config({ version, instanceId: 'another-instance', ...query }));
      expect(second).toEqual({ code: 'instance_conflict', retryAfter: 5 });
    }
    expect(await problemOf(node.client.config({ version, waitSeconds: 25 }))).toMatchObject({
      code: 'instance_conflict',
    });
    expect(await node.client.config({ version })).toBeUndefined();
    const newer = node.config({ version, waitSeconds: 25 });
    expect(await first).toMatchObject({ code: 'query_outstanding' });
    await mesh.clock.advance(25_000);
    expect(await newer).toBeUndefined();
    await mesh.clock.advance(3_000);
    expect(await node.config({ version, instanceId: 'another-instance' })).toBeUndefined();
  });

  it('frees its place when the agent hangs up', async () => {
    await using mesh = await runningMesh(['node-a'], {
      epoch_seconds: 3600,
      max_benchmark_age_seconds: 9000,
    });
    const node = mesh.node('node-a');
    const { version } = await fullConfig(node);
    const hangUp = new AbortController();
    const query = node.config({ version, waitSeconds: 60 }, hangUp.signal).catch(() => 'hung up');
    await untilWaiting(mesh);
    hangUp.abort(new Error('gone'));
    expect(await query).toBe('hung up');
    await untilWaiting(mesh, 0);
    expect(await node.config({ version, instanceId: 'another-instance' })).toBeUndefined();
  });

  it.each([
    '',
    '1',
    'x.y',
    '1.-1',
    '999999999.0',
    '1.99999999999',
    '0.0',
    `${'9'.repeat(16)}.${'9'.repeat(16)}`,
  ])('with a version %j that was never given gets everything', async (version) => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const answer = await mesh.node('node-a').config({ version });
    expect(answer !== undefined && !isDelta(answer.body)).toBe(true);
  });

  it('with a version of a process before this one gets everything, and no version comes twice', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const node = mesh.node('node-a');
    const versions = new Set<string>();
    let last = '';
    for (let start = 0; start < 3; start++) {
      if (last !== '') {
        const answer = await node.config({ version: last });
        expect(answer !== undefined && !isDelta(answer.body)).toBe(true);
      }
      last = (await fullConfig(node)).version;
      expect(versions.has(last)).toBe(false);
      versions.add(last);
      await mesh.controller.restart();
      node.reconnect();
    }
  });

  it('keeps one that fell far behind exact over two epochs and a denial', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b', 'node-c']);
    const node = mesh.node('node-a');
    const model = modelOf((await fullConfig(node)) as never);
    for (const name of ['node-a', 'node-b', 'node-c']) await mesh.node(name).submit(0.9);
    await openNextEpoch(mesh.controller);
    await mesh.node('node-b').submit(0.1);
    for (const name of ['node-a', 'node-c']) await mesh.node(name).submit(0.9);
    await openNextEpoch(mesh.controller);
    const answer = await node.config({ version: model.version });
    if (answer === undefined) throw new Error('nothing came');
    const after = modelOf(answer.body, model);
    expect([...after.peers.keys()]).toEqual(['node-c']);
  });
});
